from . import test_cases, test_posting, test_property, test_roles, test_screens
