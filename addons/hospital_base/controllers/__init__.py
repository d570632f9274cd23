from . import import_template
from . import report
from . import xlsx
