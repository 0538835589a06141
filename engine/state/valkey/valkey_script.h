#pragma once

#include <string_view>

namespace rocky::state {

/// One conditional change of one key, atomic on the server.
///
/// KEYS[1]  the key
/// ARGV[1]  `create`, `replace` or `remove`
/// ARGV[2]  the whole value that must be there, byte for byte; unused by `create`
/// ARGV[3]  the body to be written
/// ARGV[4]  milliseconds after which the server may drop it; `0`: never
///
/// Answers {word, number}: `applied` and the mark that was written; `refused`; `vanished`; `young`
/// and for how many milliseconds the value cannot be removed yet. After an error nothing was
/// changed: the one command that changes something is the last that may fail.
///
/// valkey_value.h has the form of what is written, and the same rules of its marks for servers on
/// which we may run no script.
constexpr std::string_view kChangeScript = R"lua(
local found = redis.call('GET', KEYS[1])
if ARGV[1] == 'create' then
  if found then return {'refused', '0'} end
elseif not found then
  return {'vanished', '0'}
elseif found ~= ARGV[2] then
  return {'refused', '0'}
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local mark = found and string.match(found, '^(%d%d%d%d%d%d%d%d%d%d%d%d%d)|')
local ahead = mark and tonumber(mark) - now
if ahead and ahead >= 0 and ahead < 1000 then
  if ARGV[1] == 'remove' then return {'young', string.format('%.0f', ahead + 1)} end
  now = now + ahead + 1
end
local written = string.format('%013.0f', now)
if ARGV[1] == 'remove' then
  redis.call('DEL', KEYS[1])
elseif ARGV[4] == '0' then
  redis.call('SET', KEYS[1], written .. '|' .. ARGV[3])
else
  redis.call('SET', KEYS[1], written .. '|' .. ARGV[3], 'PX', ARGV[4])
end
redis.pcall('PUBLISH', KEYS[1], written)
return {'applied', written}
)lua";

}  // namespace rocky::state
