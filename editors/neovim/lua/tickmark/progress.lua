--- What the server is busy with, from its progress messages.
local M = {}

---@type table<string, { title: string, message?: string, percentage?: integer, order: integer }>
local running = {}
local count = 0

--- Takes down one `$/progress` message.
---@param client_id integer
---@param params lsp.ProgressParams
function M.update(client_id, params)
  local value = params.value
  if type(value) ~= 'table' then
    return
  end
  local key = client_id .. '/' .. tostring(params.token)
  if value.kind == 'end' then
    running[key] = nil
  else
    local before = running[key]
    if not before then
      count = count + 1
    end
    running[key] = {
      title = value.title or before and before.title or 'Tickmark',
      message = value.message or before and before.message,
      percentage = value.percentage or before and before.percentage,
      order = before and before.order or count,
    }
  end
  M.redraw()
end

--- Forgets what a server that has ended was busy with.
---@param client_id integer
function M.forget(client_id)
  for key in pairs(running) do
    if vim.startswith(key, client_id .. '/') then
      running[key] = nil
    end
  end
  M.redraw()
end

function M.redraw()
  vim.schedule(function()
    vim.cmd.redrawstatus({ bang = true })
  end)
end

--- `Profiling GET /hello 42%: measuring latency`, of the newest; empty when nothing is measured.
---@return string
function M.status()
  local newest
  for _, progress in pairs(running) do
    if not newest or progress.order > newest.order then
      newest = progress
    end
  end
  if not newest then
    return ''
  end
  local text = newest.title
  if newest.percentage then
    text = ('%s %d%%'):format(text, newest.percentage)
  end
  if newest.message and newest.message ~= '' then
    text = text .. ': ' .. newest.message
  end
  -- A statusline takes `%` for an item only in its own text, not in what `%{}` gives.
  return text
end

return M
