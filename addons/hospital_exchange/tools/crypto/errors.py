class CryptoError(Exception):
    """`reason`: key (cannot be read or is no such key), data (cannot be worked on), altered, backend."""

    def __init__(self, reason, detail=""):
        super().__init__(detail or reason)
        self.reason = reason
        self.detail = detail
