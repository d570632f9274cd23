from . import lengths, reckoner
