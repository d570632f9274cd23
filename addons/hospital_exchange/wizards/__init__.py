from . import message_decision
from . import platform_mode
