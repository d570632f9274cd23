from . import nursing_consent, nursing_statement
