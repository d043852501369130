-- GCRA (ITU-T I.371) over several limits at once: all of them admit the request, or none is charged.
-- KEYS: one theoretical arrival time for each limit. ARGV: cost, then interval (µs) and burst for each.
-- Returns: admitted (1 or 0), now (µs), then each arrival time after the decision.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local cost = tonumber(ARGV[1])
local arrivals, admitted = {}, 1
for i, key in ipairs(KEYS) do
  local arrival = math.max(tonumber(redis.call('GET', key) or 0), now)
  arrivals[i] = arrival
  if arrival + cost * ARGV[2 * i] > now + ARGV[2 * i] * ARGV[2 * i + 1] then admitted = 0 end
end
if admitted == 1 and cost > 0 then
  for i, key in ipairs(KEYS) do
    arrivals[i] = arrivals[i] + cost * ARGV[2 * i]
    redis.call('SET', key, string.format('%.0f', arrivals[i]), 'PX', math.ceil((arrivals[i] - now) / 1000) + 1)
  end
end
return {admitted, now, unpack(arrivals)}
