--- Settings of the plugin.
local M = {}

---@class tickmark.Signs
---@field enabled boolean
---@field by 'self'|'total' The share that makes a line hot.
---@field percent number[] From which share of active time on each of the four signs is shown, in percent.
---@field text string[] The four signs, coldest first; at most two cells each.
---@field calls string[] Those of lines that are hot for the calls they make rather than by themselves.
---@field priority integer Of the signs, compared with those of others.
---@field numbers boolean Colour the line numbers, too.

---@class tickmark.Config
---@field cmd string[] The server's command line.
---@field filetypes string[]
---@field root_markers string[] Files that make a folder a project.
---@field settings table The server's settings, section `tickmark`.
---@field autostart boolean Start the server for buffers of these file types.
---@field inlay_hints boolean Show inlay hints in these buffers.
---@field codelens boolean Show code lenses and keep them up to date.
---@field diagnostics vim.diagnostic.Opts How Tickmark's own diagnostics are shown, over the global way.
---@field signs tickmark.Signs

---@type tickmark.Config
M.defaults = {
  cmd = { 'tickmark', 'lsp' },
  filetypes = { 'javascript', 'javascriptreact', 'typescript', 'typescriptreact' },
  root_markers = { 'tickmark.json', 'package.json', '.git' },
  settings = {},
  autostart = true,
  inlay_hints = true,
  codelens = true,
  diagnostics = {
    severity_sort = true,
    -- A hot line has a sign of its own; its diagnostic needs no second one.
    signs = { severity = { min = vim.diagnostic.severity.WARN } },
  },
  signs = {
    enabled = true,
    by = 'self',
    percent = { 1, 5, 15, 40 },
    text = { '▏', '▎', '▌', '█' },
    calls = { '┊', '│', '║', '▒' },
    priority = 5,
    numbers = false,
  },
}

---@type tickmark.Config
M.current = vim.deepcopy(M.defaults)

local function is_strings(value)
  if type(value) ~= 'table' or #value == 0 then
    return false
  end
  for _, item in ipairs(value) do
    if type(item) ~= 'string' then
      return false
    end
  end
  return true
end

local function is_boolean(value)
  return type(value) == 'boolean'
end

local function four(kind)
  return function(value)
    if type(value) ~= 'table' or #value ~= 4 then
      return false
    end
    for _, item in ipairs(value) do
      if type(item) ~= kind then
        return false
      end
    end
    return true
  end
end

--- Setting → what it has to be, and a check of that.
local EXPECTED = {
  cmd = { 'a list of strings', is_strings },
  filetypes = { 'a list of strings', is_strings },
  root_markers = { 'a list of strings', is_strings },
  settings = { 'a table', function(value) return type(value) == 'table' end },
  autostart = { 'true or false', is_boolean },
  inlay_hints = { 'true or false', is_boolean },
  codelens = { 'true or false', is_boolean },
  diagnostics = { 'a table for vim.diagnostic.config()', function(value) return type(value) == 'table' end },
  signs = { 'a table', function(value) return type(value) == 'table' end },
}

local EXPECTED_SIGNS = {
  enabled = { 'true or false', is_boolean },
  by = { "'self' or 'total'", function(value) return value == 'self' or value == 'total' end },
  percent = { 'four numbers', four('number') },
  text = { 'four strings', four('string') },
  calls = { 'four strings', four('string') },
  priority = { 'a number', function(value) return type(value) == 'number' end },
  numbers = { 'true or false', is_boolean },
}

--- Takes over what is right and says what is not.
local function merge(into, given, expected, prefix, problems)
  for name, value in pairs(given) do
    local rule = expected[name]
    if not rule then
      problems[#problems + 1] = ('there is no setting `%s%s`'):format(prefix, name)
    elseif not rule[2](value) then
      problems[#problems + 1] = ('`%s%s` has to be %s'):format(prefix, name, rule[1])
    elseif name == 'diagnostics' then
      into.diagnostics = vim.tbl_extend('force', into.diagnostics, value)
    elseif prefix == '' and name == 'signs' then
      merge(into.signs, value, EXPECTED_SIGNS, 'signs.', problems)
    else
      into[name] = vim.deepcopy(value)
    end
  end
end

--- Sets the settings anew, with defaults for what is left out or wrong.
---@param given? table
---@return string[] problems One sentence each.
function M.set(given)
  local problems = {}
  M.current = vim.deepcopy(M.defaults)
  merge(M.current, given or {}, EXPECTED, '', problems)
  table.sort(problems)
  return problems
end

return M
