"""Expected refusals: subclass PinpuError with a code `<plugin>.<reason>`, a status, words and a way out."""

from core.commerce.customers.errors import LoginNeeded as LoginNeeded
from core.commerce.reservations.errors import PoolExhausted as PoolExhausted
from core.kernel.errors import EditConflict as EditConflict
from core.kernel.errors import InputRefused as InputRefused
from core.kernel.errors import NotFound as NotFound
from core.kernel.errors import PermissionRefused as PermissionRefused
from core.kernel.errors import PinpuError as PinpuError
