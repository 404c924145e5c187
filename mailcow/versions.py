"""What is installed on a mail host, each version written once; the comment above each is for the update bot.

mailcow's own repository and version are settings of a stack, with their defaults in ``core.settings``.
Docker's four belong together: they are what its repository for Ubuntu 24.04 offered side by side in October 2026.
They hold for ``docker_source: docker-ce``; a distribution's own packages keep its versions.
"""

from typing import Final

# renovate: datasource=github-releases depName=moby/moby extractVersion=^docker-v(?<version>.*)$
DOCKER: Final = "29.7.2"
# renovate: datasource=github-releases depName=containerd/containerd extractVersion=^v(?<version>.*)$
CONTAINERD: Final = "2.3.4"
# renovate: datasource=github-releases depName=docker/buildx extractVersion=^v(?<version>.*)$
BUILDX: Final = "0.36.1"
# renovate: datasource=github-releases depName=docker/compose extractVersion=^v(?<version>.*)$
COMPOSE: Final = "5.5.0"
