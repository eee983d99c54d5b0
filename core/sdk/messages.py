"""Telling people something: declare topics with words in two languages, and send them from where they become true.

`send_message` joins the caller's transaction and has one effect per (topic, key), so an `on_*` handler that runs twice
tells people once. A topic's texts are message ids; their translations are in the plugin's catalogue.
"""

from core.commerce.messages.actions import send_message as send_message
from core.commerce.messages.core_topics import ORDER as ORDER
from core.commerce.messages.topics import MessageTopics as MessageTopics
from core.commerce.messages.topics import Topic as Topic
from core.commerce.messages.topics import TopicGroup as TopicGroup
from core.commerce.messages.topics import Variable as Variable
from core.commerce.messages.topics import Words as Words
