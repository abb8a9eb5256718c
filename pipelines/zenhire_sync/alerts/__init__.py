"""Messages to people: what is wrong, said once, again when it is worse, and once when it is over."""

from zenhire_sync.alerts.send import AlertSummary as AlertSummary
from zenhire_sync.alerts.send import alert as alert
from zenhire_sync.alerts.send import channels_of as channels_of
from zenhire_sync.alerts.send import try_channels as try_channels
