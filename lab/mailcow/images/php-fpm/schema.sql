-- Tables of the mailcow database as far as the lab uses them: names and columns are mailcow's, the text is ours.
-- One source for all images: php-fpm runs it at each start (every statement may be run again), the lab's tests load it by hand.
-- Quotas and sizes are in bytes; times are in the zone of the database server; active: 0 closed, 1 open, 2 receives only.
-- Statements end with a semicolon at the end of a line; no semicolon stands anywhere else.

CREATE TABLE IF NOT EXISTS versions (
  application VARCHAR(255) NOT NULL,
  version VARCHAR(100) NOT NULL,
  created DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (application)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS admin (
  username VARCHAR(255) NOT NULL,
  password VARCHAR(255) NOT NULL,
  superadmin TINYINT(1) NOT NULL DEFAULT 0,
  attributes LONGTEXT NOT NULL DEFAULT '{}' CHECK (JSON_VALID(attributes)),
  created DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  modified DATETIME NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP,
  active TINYINT(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (username)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS domain_admins (
  id INT NOT NULL AUTO_INCREMENT,
  username VARCHAR(255) NOT NULL,
  domain VARCHAR(255) NOT NULL,
  created DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  active TINYINT(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  KEY username (username)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS api (
  api_key VARCHAR(255) NOT NULL,
  allow_from VARCHAR(512) NOT NULL,
  skip_ip_check TINYINT(1) NOT NULL DEFAULT 0,
  created DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  modified DATETIME NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP,
  access ENUM('ro', 'rw') NOT NULL DEFAULT 'rw',
  active TINYINT(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (api_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS templates (
  id INT NOT NULL AUTO_INCREMENT,
  template VARCHAR(255) NOT NULL,
  type VARCHAR(255) NOT NULL,
  attributes LONGTEXT NOT NULL DEFAULT '{}' CHECK (JSON_VALID(attributes)),
  created DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  modified DATETIME NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS domain (
  domain VARCHAR(255) NOT NULL,
  description VARCHAR(255) NULL DEFAULT NULL,
  aliases INT NOT NULL DEFAULT 0,
  mailboxes INT NOT NULL DEFAULT 0,
  defquota BIGINT NOT NULL DEFAULT 3221225472,
  maxquota BIGINT NOT NULL DEFAULT 107374182400,
  quota BIGINT NOT NULL DEFAULT 107374182400,
  relayhost VARCHAR(255) NOT NULL DEFAULT '0',
  backupmx TINYINT(1) NOT NULL DEFAULT 0,
  gal TINYINT(1) NOT NULL DEFAULT 1,
  relay_all_recipients TINYINT(1) NOT NULL DEFAULT 0,
  relay_unknown_only TINYINT(1) NOT NULL DEFAULT 0,
  created DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  modified DATETIME NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP,
  active TINYINT(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (domain)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS tags_domain (
  tag_name VARCHAR(255) NOT NULL,
  domain VARCHAR(255) NOT NULL,
  UNIQUE KEY tag_name (tag_name, domain),
  KEY fk_tags_domain (domain),
  CONSTRAINT fk_tags_domain FOREIGN KEY (domain) REFERENCES domain (domain) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS alias_domain (
  alias_domain VARCHAR(255) NOT NULL,
  target_domain VARCHAR(255) NOT NULL,
  created DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  modified DATETIME NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP,
  active TINYINT(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (alias_domain),
  KEY target_domain (target_domain)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

-- quota 0 is unlimited; attributes is the JSON object that get/mailbox shows, its values are strings.
CREATE TABLE IF NOT EXISTS mailbox (
  username VARCHAR(255) NOT NULL,
  password VARCHAR(255) NOT NULL,
  name VARCHAR(255) NULL DEFAULT NULL,
  description VARCHAR(255) NULL DEFAULT NULL,
  mailbox_path_prefix VARCHAR(150) NOT NULL DEFAULT '/var/vmail/',
  quota BIGINT NOT NULL DEFAULT 102400,
  local_part VARCHAR(255) NOT NULL,
  domain VARCHAR(255) NOT NULL,
  attributes LONGTEXT NOT NULL DEFAULT '{}' CHECK (JSON_VALID(attributes)),
  custom_attributes LONGTEXT NOT NULL DEFAULT '{}' CHECK (JSON_VALID(custom_attributes)),
  kind VARCHAR(100) NOT NULL DEFAULT '',
  multiple_bookings INT NOT NULL DEFAULT -1,
  authsource ENUM('mailcow', 'keycloak', 'generic-oidc', 'ldap') NOT NULL DEFAULT 'mailcow',
  created DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  modified DATETIME NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP,
  active TINYINT(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (username),
  KEY domain (domain),
  KEY kind (kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS tags_mailbox (
  tag_name VARCHAR(255) NOT NULL,
  username VARCHAR(255) NOT NULL,
  UNIQUE KEY tag_name (tag_name, username),
  KEY fk_tags_mailbox (username),
  CONSTRAINT fk_tags_mailbox FOREIGN KEY (username) REFERENCES mailbox (username) ON DELETE CASCADE ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS alias (
  id INT NOT NULL AUTO_INCREMENT,
  address VARCHAR(255) NOT NULL,
  goto TEXT NOT NULL,
  domain VARCHAR(255) NOT NULL,
  created DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  modified DATETIME NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP,
  private_comment TEXT NULL DEFAULT NULL,
  public_comment TEXT NULL DEFAULT NULL,
  sogo_visible TINYINT(1) NOT NULL DEFAULT 1,
  internal TINYINT(1) NOT NULL DEFAULT 0,
  sender_allowed TINYINT(1) NOT NULL DEFAULT 1,
  active TINYINT(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY address (address),
  KEY domain (domain)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

-- validity is an epoch; a permanent one never ends.
CREATE TABLE IF NOT EXISTS spamalias (
  address VARCHAR(255) NOT NULL,
  goto TEXT NOT NULL,
  description TEXT NULL DEFAULT NULL,
  created DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  modified DATETIME NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP,
  validity INT NULL DEFAULT NULL,
  permanent TINYINT(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (address)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS sender_acl (
  id INT NOT NULL AUTO_INCREMENT,
  logged_in_as VARCHAR(255) NOT NULL,
  send_as VARCHAR(255) NOT NULL,
  external TINYINT(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  KEY logged_in_as (logged_in_as)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS user_acl (
  username VARCHAR(255) NOT NULL,
  spam_alias TINYINT(1) NOT NULL DEFAULT 1,
  tls_policy TINYINT(1) NOT NULL DEFAULT 1,
  spam_score TINYINT(1) NOT NULL DEFAULT 1,
  spam_policy TINYINT(1) NOT NULL DEFAULT 1,
  delimiter_action TINYINT(1) NOT NULL DEFAULT 1,
  syncjobs TINYINT(1) NOT NULL DEFAULT 0,
  eas_reset TINYINT(1) NOT NULL DEFAULT 1,
  sogo_profile_reset TINYINT(1) NOT NULL DEFAULT 0,
  pushover TINYINT(1) NOT NULL DEFAULT 1,
  quarantine TINYINT(1) NOT NULL DEFAULT 1,
  quarantine_attachments TINYINT(1) NOT NULL DEFAULT 1,
  quarantine_notification TINYINT(1) NOT NULL DEFAULT 1,
  quarantine_category TINYINT(1) NOT NULL DEFAULT 1,
  app_passwds TINYINT(1) NOT NULL DEFAULT 1,
  pw_reset TINYINT(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (username)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS app_passwd (
  id INT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  mailbox VARCHAR(255) NOT NULL,
  domain VARCHAR(255) NOT NULL,
  password VARCHAR(255) NOT NULL,
  created DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  modified DATETIME NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP,
  imap_access TINYINT(1) NOT NULL DEFAULT 1,
  smtp_access TINYINT(1) NOT NULL DEFAULT 1,
  dav_access TINYINT(1) NOT NULL DEFAULT 1,
  eas_access TINYINT(1) NOT NULL DEFAULT 1,
  pop3_access TINYINT(1) NOT NULL DEFAULT 1,
  sieve_access TINYINT(1) NOT NULL DEFAULT 1,
  active TINYINT(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  KEY mailbox (mailbox),
  KEY domain (domain)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

-- What a mailbox holds; Dovecot writes it.
CREATE TABLE IF NOT EXISTS quota2 (
  username VARCHAR(255) NOT NULL,
  bytes BIGINT NOT NULL DEFAULT 0,
  messages BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (username)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

-- The last good login of a person for each service (imap, pop3, smtp, sieve) and address; Dovecot writes it.
-- app_password is app_passwd.id, 0 for the main password.
CREATE TABLE IF NOT EXISTS sasl_log (
  service VARCHAR(32) NOT NULL DEFAULT '',
  app_password INT NOT NULL DEFAULT 0,
  username VARCHAR(255) NOT NULL,
  real_rip VARCHAR(64) NOT NULL,
  datetime DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (service, real_rip, username),
  KEY username (username),
  KEY service (service),
  KEY datetime (datetime),
  KEY real_rip (real_rip)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS relayhosts (
  id INT NOT NULL AUTO_INCREMENT,
  hostname VARCHAR(255) NOT NULL,
  username VARCHAR(255) NOT NULL,
  password VARCHAR(255) NOT NULL,
  active TINYINT(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  KEY hostname (hostname)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS tls_policy_override (
  id INT NOT NULL AUTO_INCREMENT,
  dest VARCHAR(255) NOT NULL,
  policy ENUM('none', 'may', 'encrypt', 'dane', 'dane-only', 'fingerprint', 'verify', 'secure') NOT NULL,
  parameters VARCHAR(255) NOT NULL DEFAULT '',
  created DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  modified DATETIME NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP,
  active TINYINT(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY dest (dest)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

-- What is served at mta-sts.DOMAIN; mx is a comma list.
CREATE TABLE IF NOT EXISTS mta_sts (
  id VARCHAR(64) NOT NULL,
  domain VARCHAR(255) NOT NULL,
  version VARCHAR(16) NOT NULL,
  mode VARCHAR(16) NOT NULL,
  mx TEXT NOT NULL,
  max_age INT NOT NULL,
  active TINYINT(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (domain)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS transports (
  id INT NOT NULL AUTO_INCREMENT,
  destination VARCHAR(255) NOT NULL,
  nexthop VARCHAR(255) NOT NULL,
  username VARCHAR(255) NOT NULL DEFAULT '',
  password VARCHAR(255) NOT NULL DEFAULT '',
  is_mx_based TINYINT(1) NOT NULL DEFAULT 0,
  active TINYINT(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  KEY destination (destination),
  KEY nexthop (nexthop)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

-- script_name active is run at delivery, before (prefilter) or after (postfilter) the person's own script.
CREATE TABLE IF NOT EXISTS sieve_filters (
  id INT NOT NULL AUTO_INCREMENT,
  username VARCHAR(255) NOT NULL,
  script_desc VARCHAR(255) NOT NULL,
  script_name ENUM('active', 'inactive') NULL DEFAULT NULL,
  script_data TEXT NOT NULL,
  filter_type ENUM('postfilter', 'prefilter') NULL DEFAULT NULL,
  created DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  modified DATETIME NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (id),
  KEY username (username),
  KEY script_desc (script_desc),
  CONSTRAINT fk_username_sieve_global_before FOREIGN KEY (username) REFERENCES mailbox (username)
    ON DELETE CASCADE ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

-- What Dovecot asks at each delivery. A changed script has another id, so that a compiled one is not used any longer.
-- Unlike mailcow's, everybody has a script here: Debian's Dovecot (2.4.1) defers a mail when there is none to be found.
CREATE OR REPLACE VIEW sieve_before (id, username, script_name, script_data) AS
  SELECT MD5(COALESCE(script_data, '')), mailbox.username, 'active', COALESCE(script_data, '# none\r\n') FROM mailbox
  LEFT JOIN sieve_filters ON sieve_filters.username = mailbox.username AND filter_type = 'prefilter' AND script_name = 'active';

CREATE OR REPLACE VIEW sieve_after (id, username, script_name, script_data) AS
  SELECT MD5(COALESCE(script_data, '')), mailbox.username, 'active', COALESCE(script_data, '# none\r\n') FROM mailbox
  LEFT JOIN sieve_filters ON sieve_filters.username = mailbox.username AND filter_type = 'postfilter' AND script_name = 'active';

-- Sync jobs: side 1 is the other provider, user2 our mailbox. Whoever runs them writes is_running and what follows it.
CREATE TABLE IF NOT EXISTS imapsync (
  id INT NOT NULL AUTO_INCREMENT,
  user2 VARCHAR(255) NOT NULL,
  host1 VARCHAR(255) NOT NULL,
  authmech1 ENUM('PLAIN', 'LOGIN', 'CRAM-MD5') NULL DEFAULT 'PLAIN',
  regextrans2 VARCHAR(255) NULL DEFAULT '',
  authmd51 TINYINT(1) NOT NULL DEFAULT 0,
  domain2 VARCHAR(255) NOT NULL DEFAULT '',
  subfolder2 VARCHAR(255) NOT NULL DEFAULT '',
  user1 VARCHAR(255) NOT NULL,
  password1 VARCHAR(255) NOT NULL,
  exclude VARCHAR(500) NOT NULL DEFAULT '',
  maxage SMALLINT NOT NULL DEFAULT 0,
  mins_interval SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  maxbytespersecond VARCHAR(50) NOT NULL DEFAULT '0',
  port1 SMALLINT UNSIGNED NOT NULL,
  enc1 ENUM('TLS', 'SSL', 'PLAIN') NULL DEFAULT 'TLS',
  delete2duplicates TINYINT(1) NOT NULL DEFAULT 1,
  delete1 TINYINT(1) NOT NULL DEFAULT 0,
  delete2 TINYINT(1) NOT NULL DEFAULT 0,
  automap TINYINT(1) NOT NULL DEFAULT 0,
  skipcrossduplicates TINYINT(1) NOT NULL DEFAULT 0,
  custom_params VARCHAR(512) NOT NULL DEFAULT '',
  timeout1 SMALLINT NOT NULL DEFAULT 600,
  timeout2 SMALLINT NOT NULL DEFAULT 600,
  subscribeall TINYINT(1) NOT NULL DEFAULT 1,
  dry TINYINT(1) NOT NULL DEFAULT 0,
  is_running TINYINT(1) NOT NULL DEFAULT 0,
  returned_text LONGTEXT NULL DEFAULT NULL,
  last_run TIMESTAMP NULL DEFAULT NULL,
  success TINYINT(1) UNSIGNED NULL DEFAULT NULL,
  exit_status VARCHAR(50) NULL DEFAULT NULL,
  created DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  modified DATETIME NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP,
  active TINYINT(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS filterconf (
  prefid INT NOT NULL AUTO_INCREMENT,
  object VARCHAR(255) NOT NULL DEFAULT '',
  `option` VARCHAR(50) NOT NULL DEFAULT '',
  value VARCHAR(100) NOT NULL DEFAULT '',
  created DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  modified DATETIME NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (prefid),
  KEY object (object)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;
