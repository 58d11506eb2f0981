--- Tickmark in Neovim: the language server does the work, this shows a little more of it than Neovim does by itself.
local M = {}

--- Starts the server for buffers of the file types, now and from now on. May be called again with other settings.
---@param settings? table See |tickmark-settings|.
function M.setup(settings)
  local problems = require('tickmark.config').set(settings)
  for _, problem in ipairs(problems) do
    vim.notify('Tickmark: ' .. problem .. ' (:help tickmark-settings)', vim.log.levels.WARN)
  end
  require('tickmark.server').setup()
end

--- What is being measured and how far, for a statusline; empty when nothing is.
---@return string
function M.status()
  return require('tickmark.progress').status()
end

return M
