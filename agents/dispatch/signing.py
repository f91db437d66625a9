"""The headers of Standard Webhooks: the same id on every attempt, the attempt's time, and a signature of the body."""

from datetime import UTC, datetime

from standardwebhooks import Webhook

from agents.settings.settings import DestinationSettings

KEY_BYTES_MIN = 24
KEY_BYTES_MAX = 64


class Signer:
    """Signs with each secret of a destination: receivers may hold either while one replaces the other."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._hooks = tuple(Webhook(secret) for secret in secrets)

    @classmethod
    def of(cls, destination: DestinationSettings) -> "Signer":
        """The signer of a destination; one without secrets signs nothing.

        Raises ValueError or OSError for a secret that is none. The message never holds it.
        """
        text = destination.secret.get_secret_value() if destination.secret is not None else ""
        if destination.secret_file is not None:
            text += " " + destination.secret_file.read_text()
        secrets = tuple(text.split())
        for secret in secrets:
            _check(secret)
        return cls(secrets)

    @property
    def signs(self) -> bool:
        """Whether there is anything to sign with."""
        return bool(self._hooks)

    def headers(self, trigger_id: str, body: str, now_ms: int) -> dict[str, str]:
        """The headers of one attempt, made at `now_ms`."""
        moment = datetime.fromtimestamp(now_ms // 1000, UTC)
        headers = {"webhook-id": trigger_id, "webhook-timestamp": str(now_ms // 1000)}
        if self._hooks:
            headers["webhook-signature"] = " ".join(hook.sign(trigger_id, moment, body) for hook in self._hooks)
        return headers


def _check(secret: str) -> None:
    try:
        key = Webhook(secret)._whsecret
    except Exception:  # noqa: BLE001  (the original may quote the secret)
        key = b""
    if not (secret.startswith("whsec_") and KEY_BYTES_MIN <= len(key) <= KEY_BYTES_MAX):
        raise ValueError(f"a signing secret is written whsec_… and holds {KEY_BYTES_MIN} to {KEY_BYTES_MAX} bytes")
