-- Decides about each login: a person's app passwords first, then the main password; a good one is noted in sasl_log.
-- A mailbox logs in only when it and its domain have active = 1, and only by the protocols that it or the app password allows.
local mysql = require("luasql.mysql")
local access = dofile("/run/mailcow/database.lua")

local PROTOCOLS = { imap = true, pop3 = true, smtp = true, sieve = true }

local environment = mysql.mysql()
local connection = nil

-- One query; a connection that the server has closed since is opened again, once.
local function ask(query)
  for attempt = 1, 2 do
    if not connection then
      connection = environment:connect(access.name, access.user, access.password, nil, nil, access.socket)
    end
    if connection then
      local answer, problem = connection:execute(query)
      if answer then
        return answer
      end
      dovecot.i_warning("login: query failed (attempt " .. attempt .. "): " .. tostring(problem))
      connection:close()
      connection = nil
    end
  end
  return nil
end

local function rows(query)
  local cursor = ask(query)
  if not cursor then
    return nil
  end
  local found = {}
  local row = cursor:fetch({}, "a")
  while row do
    found[#found + 1] = row
    row = cursor:fetch({}, "a")
  end
  cursor:close()
  return found
end

local function escaped(text)
  return connection:escape(text)
end

-- Every row that could let this person in: id 0 is the main password.
local function candidates(user, protocol)
  if not ask("DO 1") then
    return nil
  end
  return rows(string.format([[
    SELECT app_passwd.id AS id, app_passwd.password AS password
      FROM app_passwd
      JOIN mailbox ON mailbox.username = app_passwd.mailbox
      JOIN domain ON domain.domain = mailbox.domain
     WHERE app_passwd.mailbox = '%s' AND app_passwd.active = 1 AND app_passwd.%s_access = 1
       AND mailbox.active = 1 AND domain.active = 1
    UNION ALL
    SELECT 0, mailbox.password
      FROM mailbox
      JOIN domain ON domain.domain = mailbox.domain
     WHERE mailbox.username = '%s' AND mailbox.active = 1 AND domain.active = 1
       AND mailbox.kind NOT REGEXP 'location|thing|group'
       AND JSON_VALUE(mailbox.attributes, '$.%s_access') = '1'
    ORDER BY id = 0, id]], escaped(user), protocol, escaped(user), protocol))
end

function auth_password_verify(request, password)
  local protocol = request.protocol
  if not PROTOCOLS[protocol] then
    return dovecot.auth.PASSDB_RESULT_PASSWORD_MISMATCH, ""
  end
  local found = candidates(request.user, protocol)
  if not found then
    return dovecot.auth.PASSDB_RESULT_INTERNAL_FAILURE, "the database does not answer"
  end
  for _, row in ipairs(found) do
    if request:password_verify(row.password, password) == 1 then
      ask(string.format(
        "REPLACE INTO sasl_log (service, app_password, username, real_rip) VALUES ('%s', %d, '%s', '%s')",
        protocol, row.id, escaped(request.user), escaped(tostring(request.real_remote_ip or ""))))
      return dovecot.auth.PASSDB_RESULT_OK, {}
    end
  end
  -- Never "unknown": that would be remembered, and a person who was just let in would wait.
  return dovecot.auth.PASSDB_RESULT_PASSWORD_MISMATCH, ""
end

-- A good login is remembered for this user, protocol and password, as mailcow's is: until it is forgotten
-- (doveadm auth cache flush), it is good without asking the database.
function auth_passdb_get_cache_key()
  return "%{user}\t%{protocol}\t%{password}"
end

function script_init()
  return 0
end

function script_deinit()
  if connection then
    connection:close()
  end
  environment:close()
end
