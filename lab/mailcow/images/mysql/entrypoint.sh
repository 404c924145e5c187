#!/usr/bin/env bash
# Starts MariaDB on the volume at /var/lib/mysql, and makes the database and its user there first if the volume is new.
# Environment: MYSQL_ROOT_PASSWORD, MYSQL_DATABASE, MYSQL_USER, MYSQL_PASSWORD (read only when the volume is new), TZ.
# Exit: MariaDB's; 1 if the volume holds something that is neither a database nor our own half-made one.
# Run again: an unfinished first start is thrown away and made anew; a finished one is never touched.
set -euo pipefail

data=/var/lib/mysql
unfinished=$data/.first-start

# A text as it stands between single quotes in SQL.
quoted() {
  local text=${1//\\/\\\\}
  printf "%s" "${text//\'/\\\'}"
}

make_database() {
  local new=$data/.first-start/data
  install -d -o mysql -g mysql "$unfinished" "$new"
  mariadb-install-db --no-defaults --user=mysql --datadir="$new" --skip-test-db \
    --auth-root-authentication-method=normal >/dev/null
  local root_password user_password
  root_password=$(quoted "${MYSQL_ROOT_PASSWORD:?is missing}")
  user_password=$(quoted "${MYSQL_PASSWORD:?is missing}")
  # The statements come on standard input: arguments can be read by everybody on the machine.
  mariadbd --no-defaults --user=mysql --datadir="$new" --bootstrap <<SQL
FLUSH PRIVILEGES;
DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost');
DELETE FROM mysql.proxies_priv WHERE Host <> 'localhost';
FLUSH PRIVILEGES;
CREATE DATABASE \`${MYSQL_DATABASE:?is missing}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE USER '${MYSQL_USER:?is missing}'@'%' IDENTIFIED BY '$user_password';
GRANT ALL PRIVILEGES ON \`$MYSQL_DATABASE\`.* TO '$MYSQL_USER'@'%';
ALTER USER 'root'@'localhost' IDENTIFIED BY '$root_password';
CREATE USER 'root'@'%' IDENTIFIED BY '$root_password';
GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;
SQL
  # The folder "mysql" comes last: where it stands, all the rest is in place.
  find "$new" -mindepth 1 -maxdepth 1 ! -name mysql -exec mv -t "$data" {} +
  mv "$new/mysql" "$data/mysql"
  rm -rf "$unfinished"
  echo "made the database $MYSQL_DATABASE on a new volume"
}

if [[ ! -d $data/mysql ]]; then
  if [[ -d $unfinished ]]; then
    echo "the first start was interrupted; making the database again"
    find "$data" -mindepth 1 -delete
  fi
  found=$(ls -A "$data")
  if [[ -n $found ]]; then
    echo "$data holds files but no database; empty the volume or restore a whole one" >&2
    exit 1
  fi
  make_database
fi
rm -rf "$unfinished"

# The socket's folder is a volume too: what a killed server left in it goes.
install -d -o mysql -g mysql /run/mysqld
chown mysql:mysql /run/mysqld "$data"
rm -f /run/mysqld/mysqld.sock /run/mysqld/mysqld.pid
exec mariadbd --user=mysql --datadir="$data" --socket=/run/mysqld/mysqld.sock --bind-address=0.0.0.0
