"""The payments room's jobs by name: actions defer them, `core.commerce.payments.jobs` declares what they do."""

from core.kernel.jobs import JobType, job_types

CHECK_PAYMENT = "payments.check_payment"
SEND_REFUND = "payments.send_refund"
POOL_DEADLINE = "payments.pool_deadline"
CLOSE_UNPAID = "payments.close_unpaid_order"


def check_payment() -> JobType:
    """Ask the gateway about one payment and act on the truth."""
    return job_types()[CHECK_PAYMENT]


def send_refund() -> JobType:
    """Ask the gateway to send one refund, or how far it is."""
    return job_types()[SEND_REFUND]


def pool_deadline() -> JobType:
    """Close a pool whose deadline has passed."""
    return job_types()[POOL_DEADLINE]


def close_unpaid() -> JobType:
    """Close an order that was not paid in time."""
    return job_types()[CLOSE_UNPAID]
