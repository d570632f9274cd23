def proves(*requirement_ids):
    """Name the requirements a test really proves; `docs/coverage.md` is written from these marks."""

    def mark(test):
        test.hospital_requirements = getattr(test, "hospital_requirements", ()) + requirement_ids
        return test

    return mark
