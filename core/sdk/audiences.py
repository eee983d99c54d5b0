"""Segments of customers, for plugins: name one in your settings, ask who belongs to it, bring conditions of your own."""

from core.commerce.audiences.declared import AudienceCondition as AudienceCondition
from core.commerce.audiences.errors import UnknownAudience as UnknownAudience
from core.commerce.audiences.queries import Audience as Audience
from core.commerce.audiences.queries import audiences as audiences
from core.commerce.audiences.queries import is_member as is_member
from core.commerce.audiences.queries import members as members
