from . import test_channel_signatures
from . import test_channel_far_sides
from . import test_channel_answers
from . import test_settle_back
from . import test_settle_capitals
from . import test_settle_desk
from . import test_settle_shift
from . import test_channel_callbacks
