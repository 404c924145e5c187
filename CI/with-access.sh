#!/usr/bin/env bash
# Run a command of a pipeline with a token of Vault, the SSH key and the cloud's key; all of it is gone afterwards.
#
# Usage:  CI/with-access.sh COMMAND [ARGUMENT...]
# Needs:  VAULT_ADDR, VAULT_ROLE_ID, VAULT_SECRET_ID: the machine's login of foundation/vault
#         SSH_KEY: text of the private half of the stack's ssh_public_key
#         OCI_KEY: text of the API key at Oracle, with TF_VAR_tenancy_ocid, TF_VAR_user_ocid, TF_VAR_fingerprint;
#         empty where no cloud is touched
# Exit:   the command's; 1 Vault does not answer or refuses
set -euo pipefail

fail() {
  printf 'with-access: %s\n' "$*" >&2
  exit 1
}

# From the environment into a pipe: arguments are visible to everybody on the machine.
log_in() {
  local address=$1 body answer
  body=$(jq --null-input '{role_id: env.VAULT_ROLE_ID, secret_id: env.VAULT_SECRET_ID}')
  answer=$(curl --silent --show-error --fail --max-time 30 --data-binary @- "$address/v1/auth/approle/login" <<<"$body") ||
    fail "$address does not let the machine in; is the secret id still good?"
  jq --raw-output '.auth.client_token // empty' <<<"$answer"
}

for name in VAULT_ADDR VAULT_ROLE_ID VAULT_SECRET_ID SSH_KEY; do
  [[ -n ${!name-} ]] || fail "$name is not set; docs/how-to/pipelines.md says where it comes from"
done
[[ $# -gt 0 ]] || fail "want a command"

keys=$(mktemp -d)
trap 'rm -rf "$keys"' EXIT
VAULT_TOKEN=$(log_in "${VAULT_ADDR-}")
[[ -n $VAULT_TOKEN ]] || fail "Vault gave no token"
(umask 077 && printf '%s\n' "${SSH_KEY-}" >"$keys/ssh" && printf '%s\n' "${OCI_KEY-}" >"$keys/oci.pem")
export VAULT_TOKEN MAILSTEAD_SSH_KEY=$keys/ssh
[[ -z ${OCI_KEY-} ]] || export TF_VAR_private_key_path=$keys/oci.pem
unset VAULT_ROLE_ID VAULT_SECRET_ID SSH_KEY OCI_KEY
"$@"
