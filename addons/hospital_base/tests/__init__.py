from . import test_charges_create
from . import test_charges_steps
from . import test_printing_engine
from . import test_xlsx
from . import test_people_identity
from . import test_people_patient
from . import test_people_access
