-- Exit 0 when the database answers and has the tables that Dovecot asks; its argument is the file with the way to the database.
local access = dofile(arg[1])
local environment = require("luasql.mysql").mysql()
local connection = assert(environment:connect(access.name, access.user, access.password, nil, nil, access.socket))
for _, name in ipairs({ "domain", "mailbox", "app_passwd", "quota2", "sasl_log", "sieve_before", "imapsync" }) do
  assert(connection:execute("SELECT 1 FROM " .. name .. " LIMIT 1")):close()
end
connection:close()
