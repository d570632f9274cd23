from . import test_gcp_import, test_gcp_reports, test_gcp_roles, test_gcp_subjects
