#!/usr/bin/env bash
# Install Docker and Compose, so that they never start without the mail volume under them.
#
# Usage:  install-docker.sh SOURCE DOCKER CONTAINERD BUILDX COMPOSE [MIRROR]
#   SOURCE      docker-ce (Docker's own packages) or distribution (the system's)
#   DOCKER ...  versions for docker-ce, as 29.7.2; they are installed exactly and held
#   MIRROR      address of a registry mirror
# Exit:   0 Docker runs and is new enough, 1 refused or failed (standard error says why)
# Again:  safe at any time; a run that died half-way is finished by the next. Docker is restarted only when it runs
#         with another configuration than this one; containers go on meanwhile.
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

oldest_docker=24 # mailcow refuses older ones
docker_packages=https://download.docker.com/linux
daemon_config=$root/etc/docker/daemon.json
drop_in=$root/etc/systemd/system/docker.service.d/mailstead.conf
configured_stamp=$root/var/lib/mailstead/docker-configured

main() {
  [[ $# -eq 5 || $# -eq 6 ]] || die "want 5 or 6 arguments (source, four versions, mirror), got $#"
  local source=$1 mirror=${6-}
  check_source "$source"
  hold_lock
  mountpoint --quiet "$root/var/lib/docker/volumes" ||
    die "/var/lib/docker/volumes is not on the mail volume; it is mounted before Docker is installed"
  # Both are there before the packages, which start Docker at once.
  configure_daemon "$mirror"
  require_mounts
  if [[ $source == docker-ce ]]; then
    install_docker_ce "$2" "$3" "$4" "$5"
  else
    install_distribution
  fi
  start_docker
  check_docker
}

check_source() {
  local system
  system=$(system_release)
  case "$1 on $system" in
    'distribution on debian 12') die "Debian 12 has Docker 20.10 and mailcow needs $oldest_docker; set docker_source: docker-ce" ;;
    'docker-ce on '* | 'distribution on debian '* | 'distribution on ubuntu '*) ;;
    *) die "docker source $1 is unknown on $system; write docker-ce or distribution" ;;
  esac
}

# Log files that cannot fill the disk, containers that outlive a restart of Docker. What others wrote stays: mailcow
# puts its IPv6 settings here.
configure_daemon() {
  local mirror=$1 before='{}'
  [[ ! -s $daemon_config ]] || before=$(<"$daemon_config")
  jq --arg mirror "$mirror" '
    . * {"log-driver": "json-file", "log-opts": {"max-size": "50m", "max-file": "3"}, "live-restore": true}
    | if $mirror == "" then del(."registry-mirrors") else ."registry-mirrors" = [$mirror] end
  ' <<<"$before" | put "$daemon_config" 644
}

# With nofail in fstab the host boots without its disk; Docker would then make empty volumes on the boot disk, and
# all mails would seem to be gone. The last check is for a bind that came before its disk.
require_mounts() {
  put "$drop_in" 644 <<'UNIT'
# Written by mailstead: no Docker without the mail volume.
[Unit]
RequiresMountsFor=/srv/mail /var/lib/docker/volumes
AssertPathIsMountPoint=/srv/mail
AssertPathIsMountPoint=/var/lib/docker/volumes

[Service]
ExecStartPre=/bin/sh -c 'test "$(stat -c %%d /srv/mail)" = "$(stat -c %%d /var/lib/docker/volumes)"'
UNIT
}

install_docker_ce() {
  local docker=$1 containerd=$2 buildx=$3 compose=$4 id codename architecture key
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a
  quietly dpkg --configure -a # finishes an installation that was killed
  id=$(value_of ID "$root/etc/os-release")
  codename=$(value_of VERSION_CODENAME "$root/etc/os-release")
  architecture=$(dpkg --print-architecture)
  key=$root/etc/apt/keyrings/docker.asc
  curl --fail --silent --show-error --location --retry 3 "$docker_packages/$id/gpg" | put "$key" 644
  printf 'deb [arch=%s signed-by=/etc/apt/keyrings/docker.asc] %s/%s %s stable\n' \
    "$architecture" "$docker_packages" "$id" "$codename" | put "$root/etc/apt/sources.list.d/docker.list" 644
  quietly apt-get --option DPkg::Lock::Timeout=600 update
  local -a wanted=()
  local pin version
  for pin in "docker-ce=$docker" "docker-ce-cli=$docker" "containerd.io=$containerd" \
    "docker-buildx-plugin=$buildx" "docker-compose-plugin=$compose"; do
    version=$(offered_version "${pin%%=*}" "${pin#*=}")
    wanted+=("${pin%%=*}=$version")
  done
  # A held package would not move to a new pin.
  log "installing ${wanted[*]}"
  quietly apt-get --option DPkg::Lock::Timeout=600 install --yes --no-install-recommends \
    --allow-change-held-packages --allow-downgrades "${wanted[@]}"
  quietly apt-mark hold "${wanted[@]%%=*}"
}

# Print the full version, as 5:29.7.2-1~ubuntu.24.04~noble, that the package sources offer for a short one.
offered_version() {
  local package=$1 short=$2 found
  found=$(apt-cache madison "$package" | awk -v short="$short" '
    { version = $3; plain = version; sub(/^[0-9]+:/, "", plain) }
    !found && (plain == short || index(plain, short "-") == 1) { print version; found = 1 }')
  [[ -n $found ]] || die "$package $short is not offered for this system; see: apt-cache madison $package"
  echo "$found"
}

# The same packages have other names in the two families.
install_distribution() {
  local system
  local -a packages
  system=$(system_release)
  packages=(docker.io docker-cli docker-compose)
  [[ $system != ubuntu\ * ]] || packages=(docker.io docker-compose-v2)
  install_missing "${packages[@]}"
}

# The stamp names the configuration Docker was last started with. It is written after the start, so a run that died
# between the two starts Docker again.
start_docker() {
  local wanted
  wanted=$(cat "$daemon_config" "$drop_in" | sha256sum)
  systemctl daemon-reload
  systemctl reset-failed docker.service # a Docker that tried without its disk has used up its tries
  if [[ -e $configured_stamp && $(<"$configured_stamp") == "$wanted" ]]; then
    systemctl start docker.service
  else
    systemctl restart docker.service
  fi
  systemctl enable --quiet docker.service
  echo "$wanted" | put "$configured_stamp" 644
}

check_docker() {
  local server compose
  wait_until 120 'Docker answers' docker_answers
  server=$(docker version --format '{{.Server.Version}}')
  ((${server%%.*} >= oldest_docker)) || die "Docker is $server and mailcow needs $oldest_docker; set docker_source: docker-ce"
  compose=$(docker compose version --short) || die "docker compose is missing; mailcow needs Compose 2 or newer"
  [[ ${compose#v} =~ ^([2-9]|[1-9][0-9]+)\. ]] || die "docker compose is $compose; mailcow needs 2 or newer"
  echo "docker $server, compose ${compose#v}"
}

docker_answers() {
  docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

main "$@"
