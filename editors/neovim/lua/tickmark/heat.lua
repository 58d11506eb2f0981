--- Signs by heat in the sign column, from `tickmark/heat`.
local config = require('tickmark.config')

local M = {}

M.namespace = vim.api.nvim_create_namespace('tickmark')

--- How long a text rests before its heat is asked for again; until then the signs move with their lines.
local REST_MS = 150

--- Buffer → when its heat is to be asked for.
---@type table<integer, uv.uv_timer_t>
local waiting = {}

--- Heat group → what it looks like without a colour scheme that knows it.
local GROUPS = {
  TickmarkHeat1 = 'DiagnosticHint',
  TickmarkHeat2 = 'DiagnosticInfo',
  TickmarkHeat3 = 'DiagnosticWarn',
  TickmarkHeat4 = 'DiagnosticError',
  TickmarkStale = 'Comment',
}

--- Links the groups that nobody has defined.
function M.link_groups()
  for name, link in pairs(GROUPS) do
    vim.api.nvim_set_hl(0, name, { link = link, default = true })
  end
end

--- 1 to 4, or nothing for a cold line.
---@param percent number
---@return integer?
local function level(percent)
  local found
  for at, least in ipairs(config.current.signs.percent) do
    if percent >= least then
      found = at
    end
  end
  return found
end

--- Calls nest: smaller ones would be marked in every function around them. As the server's hints have it.
local CALLS_FROM_PERCENT = 5

--- 1 to 4, or nothing for a cold line; and the sign of that.
---@param line { selfPercent: number, totalPercent: number, callsPercent?: number }
---@return integer?, string?
local function sign(line)
  local signs = config.current.signs
  local own = level(signs.by == 'total' and line.totalPercent or line.selfPercent)
  local calls = line.callsPercent or 0
  local of_calls = signs.by == 'self' and calls >= CALLS_FROM_PERCENT and level(calls) or nil
  if of_calls and of_calls > (own or 0) then
    return of_calls, signs.calls[of_calls]
  end
  return own, own and signs.text[own]
end

--- Shows the heat of these lines and of no others.
---@param buffer integer
---@param lines { line: integer, selfPercent: number, totalPercent: number, callsPercent?: number, samples: integer, stale: boolean }[] 0-based lines
local function show(buffer, lines)
  local signs = config.current.signs
  vim.api.nvim_buf_clear_namespace(buffer, M.namespace, 0, -1)
  local count = vim.api.nvim_buf_line_count(buffer)
  for _, heat in ipairs(lines) do
    local at, text = sign(heat)
    if at and heat.line < count then
      local group = heat.stale and 'TickmarkStale' or 'TickmarkHeat' .. at
      vim.api.nvim_buf_set_extmark(buffer, M.namespace, heat.line, 0, {
        sign_text = text,
        sign_hl_group = group,
        number_hl_group = signs.numbers and group or nil,
        priority = signs.priority,
      })
    end
  end
end

--- Takes the signs off.
---@param buffer integer
function M.clear(buffer)
  if vim.api.nvim_buf_is_valid(buffer) then
    vim.api.nvim_buf_clear_namespace(buffer, M.namespace, 0, -1)
  end
end

--- Asks for the heat of a buffer and shows it.
---@param client vim.lsp.Client
---@param buffer integer
function M.refresh(client, buffer)
  if not vim.api.nvim_buf_is_loaded(buffer) then
    return
  end
  if not config.current.signs.enabled then
    M.clear(buffer)
    return
  end
  local asked = vim.b[buffer].changedtick
  local params = { textDocument = { uri = vim.uri_from_bufnr(buffer) } }
  require('tickmark.server').request(client, 'tickmark/heat', params, buffer, function(err, result)
    if not vim.api.nvim_buf_is_loaded(buffer) then
      return
    end
    if err then
      -- An older server has no heat; `:checkhealth` says so.
      M.unsupported = err.code == -32601 or nil
      M.clear(buffer)
    elseif vim.b[buffer].changedtick == asked then
      show(buffer, type(result) == 'table' and result.lines or {})
    else
      -- The text has changed meanwhile, or was still being read.
      M.refresh_soon(client, buffer)
    end
  end)
end

--- Asks for the heat of a buffer when its text has rested, and does what else was waiting for that.
---@param client vim.lsp.Client
---@param buffer integer
---@param also? fun(buffer: integer)
function M.refresh_soon(client, buffer, also)
  local timer = waiting[buffer] or vim.uv.new_timer()
  waiting[buffer] = timer
  timer:start(REST_MS, 0, vim.schedule_wrap(function()
    if waiting[buffer] == timer then
      waiting[buffer] = nil
      timer:close()
      M.refresh(client, buffer)
      if also then
        also(buffer)
      end
    end
  end))
end

return M
