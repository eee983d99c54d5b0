"""After the sale: what buyers ask for, as hooks see it, and the events of its beginning and end."""

from core.commerce.aftersale.asking import CaseRequest as CaseRequest
from core.commerce.aftersale.events import CaseClosed as CaseClosed
from core.commerce.aftersale.events import CaseOpened as CaseOpened
from core.commerce.aftersale.queries import CaseView as CaseView
from core.commerce.aftersale.queries import case as case
from core.commerce.aftersale.queries import cases_of_order as cases_of_order
from core.commerce.aftersale.queries import return_windows as return_windows
