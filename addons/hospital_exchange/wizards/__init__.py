from . import message_decision
from . import platform_mode
from . import field_import
from . import field_test
