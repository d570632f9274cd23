from . import account_move
from . import posting_account
from . import res_company
from . import res_config_settings
from . import shift
