from . import test_printing_engine
from . import test_xlsx
