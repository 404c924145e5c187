"""One request to Vault or OpenBao: the connection, another try at what may pass, and errors as one sentence.

No error text of this module holds a secret, a token or the body of a request.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import hvac
import requests
import tenacity
from hvac import exceptions

from core.errors import VaultDeniedError, VaultError, VaultSealedError, VaultUnreachableError
from core.names import VAULT_MOUNT

LONGEST_PAUSE_S: Final = 5
_TIMEOUT_S: Final = 30
_TRIES: Final = 5


class NothingThereError(VaultError):
    """404: no such path, or a deleted latest version."""


class NotTheVersionError(VaultError):
    """The check-and-set number is not the current version."""


class NoSuchTokenError(VaultError):
    """No token has this accessor, or this is no wrapping token that can be opened."""


class _PassingError(VaultUnreachableError):
    """A failure that may pass by itself."""


def client_from_environment() -> hvac.Client:
    """Connect as VAULT_ADDR, VAULT_TOKEN, VAULT_CACERT and VAULT_NAMESPACE say; sends nothing yet.

    Raises:
        VaultError: VAULT_ADDR or VAULT_TOKEN is missing, or VAULT_CACERT names no file; says which.
    """
    missing = [name for name in ("VAULT_ADDR", "VAULT_TOKEN") if not os.environ.get(name)]
    if missing:
        raise VaultError(
            f"{' and '.join(missing)} not set, so the secrets cannot be reached; "
            "export the address of Vault and a token that may write below secret/mail"
        )
    return client_of(os.environ["VAULT_TOKEN"])


def client_of(token: str) -> hvac.Client:
    """Connect with a token, which may be empty, and as the environment says otherwise; sends nothing yet.

    Raises:
        VaultError: VAULT_ADDR is missing, or VAULT_CACERT names no file.
    """
    address, bundle = os.environ.get("VAULT_ADDR", ""), os.environ.get("VAULT_CACERT", "")
    if not address:
        raise VaultError("VAULT_ADDR not set, so the secrets cannot be reached; export the address of Vault")
    if bundle and not Path(bundle).is_file():
        raise VaultError(f"VAULT_CACERT {bundle} is not a file; point it at the PEM file of Vault's CA")
    # The token is always given: left out, hvac would read ~/.vault-token.
    return hvac.Client(
        url=address,
        token=token,
        verify=bundle or True,
        namespace=os.environ.get("VAULT_NAMESPACE") or None,
        timeout=_TIMEOUT_S,
    )


class Asking:
    """Asks one Vault, from any number of threads."""

    def __init__(self, url: str, *, longest_pause_s: float = LONGEST_PAUSE_S) -> None:
        """Remember whom to name in errors, and how long to wait at most before another try."""
        self._url = url
        self._longest_pause_s = longest_pause_s

    def ask(self, doing: str, call: Callable[..., Any], **arguments: Any) -> Any:
        """Call Vault, try again what may pass, and say in one sentence what does not.

        Args:
            doing: What is asked for, for errors: ``read mail/users/example.com/bob``.
            call: A call of hvac that does no harm when made twice.
            arguments: Handed to it.

        Raises:
            VaultError: One of ``core.errors`` or of this module.
        """
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_PassingError),
            stop=tenacity.stop_after_attempt(_TRIES),
            wait=tenacity.wait_random_exponential(multiplier=0.5, max=self._longest_pause_s),
            reraise=True,
        )
        return retrying(self.ask_once, doing, call, **arguments)

    def ask_once(self, doing: str, call: Callable[..., Any], **arguments: Any) -> Any:
        """Call Vault as ``ask`` does, and only once: for what a second call would find used up."""
        # `from None`: what requests and hvac raise can hold the address with the request in it.
        try:
            return call(**arguments)
        except exceptions.VaultError as error:
            raise _in_words(error, doing) from None
        except requests.exceptions.SSLError:
            raise VaultUnreachableError(
                f"Vault at {self._url} has a certificate that is not trusted; set VAULT_CACERT to its CA's file"
            ) from None
        except requests.exceptions.InvalidURL:
            raise VaultError(f"VAULT_ADDR {self._url} is not an address; write https://host:8200") from None
        except (requests.exceptions.ConnectionError, requests.exceptions.Timeout):
            raise _PassingError(
                f"Vault at {self._url} does not answer (to {doing}); "
                "check VAULT_ADDR, that the server runs and that it can be reached from here"
            ) from None
        except requests.exceptions.RequestException as error:
            raise VaultError(
                f"Vault at {self._url} could not be asked to {doing} ({type(error).__name__}); check VAULT_ADDR"
            ) from None


def _in_words(error: exceptions.VaultError, doing: str) -> VaultError:  # noqa: PLR0911 — a table
    told = f"{error.errors} {error.text}".lower()
    match error:
        case exceptions.InvalidPath() if "no handler for route" in told:
            # A mount that is missing must not pass for a secret that is gone.
            return VaultError(
                f"Vault has no key-value store at {VAULT_MOUNT}/ (to {doing}); run the foundation for Vault first"
            )
        # Releases differ in the status of these two, and "denied" must never pass for "gone".
        case _ if "invalid accessor" in told or "wrapping token is not valid or does not exist" in told:
            return NoSuchTokenError(f"Vault knows no such token (to {doing})")
        case exceptions.InvalidPath():
            return NothingThereError(f"Vault has nothing there (to {doing})")
        case exceptions.InvalidRequest() if "did not match the current version" in told:
            return NotTheVersionError(f"Vault has another version already (to {doing})")
        case exceptions.Forbidden() | exceptions.Unauthorized():
            return VaultDeniedError(
                f"Vault refuses to {doing}; renew VAULT_TOKEN if it has expired, or give its policy that right"
            )
        case exceptions.VaultDown() if "sealed" in told:
            return VaultSealedError(f"Vault is sealed (to {doing}); unseal it and run again")
        case exceptions.VaultNotInitialized():
            return VaultSealedError(f"Vault is not initialized (to {doing}); initialize and unseal it first")
        case exceptions.InternalServerError() | exceptions.BadGateway() | exceptions.VaultDown():
            return _PassingError(f"Vault failed to {doing}; look at its log, then run again")
        case exceptions.RateLimitExceeded():
            return _PassingError(f"Vault limits how often it is asked (to {doing}); run again a little later")
        case _:
            # Its own words are left out: for a bad request they can quote the request.
            return VaultError(f"Vault cannot {doing} ({type(error).__name__}); its audit log has the reason")
