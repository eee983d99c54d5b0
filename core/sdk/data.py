"""What a plugin needs to keep data: the table base, keys, and the session of the bound shop."""

from core.kernel.db import CreatedAt as CreatedAt
from core.kernel.db import TenantTable as TenantTable
from core.kernel.db import session as session
from core.kernel.db import tenant_fk as tenant_fk
from core.kernel.hot_statements import HotStatement as HotStatement
from core.kernel.ids import as_id as as_id
from core.kernel.ids import new_code as new_code
from core.kernel.ids import new_id as new_id
