"""Who owns a transaction and who acts: `@command` for actions, `reading()` for reads outside of a request."""

from core.kernel.command import command as command
from core.kernel.db import reading as reading
from core.kernel.tenancy import SYSTEM as SYSTEM
from core.kernel.tenancy import Actor as Actor
from core.kernel.tenancy import acting_as as acting_as
from core.kernel.tenancy import current_actor as current_actor
from core.kernel.tenancy import require as require
