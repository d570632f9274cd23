from . import test_channel_signatures
from . import test_channel_far_sides
from . import test_channel_answers
