"""Age as a ward says it: years, months of an infant, days of a newborn, hours of the first day."""

from dateutil.relativedelta import relativedelta


def age_parts(birth_date, today):
    """``(number, unit)`` with unit ``year``, ``month`` or ``day``."""
    if birth_date > today:
        return 0, "day"
    age = relativedelta(today, birth_date)
    if age.years:
        return age.years, "year"
    if age.months:
        return age.months, "month"
    return age.days, "day"
