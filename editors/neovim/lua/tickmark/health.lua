--- `:checkhealth tickmark`.
local config = require('tickmark.config')

local M = {}

--- The oldest Node.js that can be measured.
local OLDEST_NODE = 18

--- First line that a program prints, or why it prints none.
---@param command string[]
---@return string? line, string? problem
local function first_line(command)
  local started, process = pcall(vim.system, command, { text = true, timeout = 10000 })
  if not started then
    return nil, tostring(process)
  end
  local ended = process:wait()
  if ended.code ~= 0 then
    local why = vim.trim(ended.stderr or '')
    return nil, ('`%s` ended with exit code %d%s'):format(table.concat(command, ' '), ended.code, why ~= '' and ': ' .. why or '')
  end
  return vim.split(vim.trim(ended.stdout or ''), '\n')[1]
end

local function check_neovim()
  vim.health.start('Neovim')
  local version = tostring(vim.version())
  if vim.fn.has('nvim-0.10') == 0 then
    vim.health.error('Neovim ' .. version .. ' is too old', 'install Neovim 0.10 or newer')
    return
  end
  vim.health.ok('Neovim ' .. version)
  local options = vim.tbl_extend('force', vim.diagnostic.config() or {}, config.current.diagnostics)
  if not options.virtual_text and not options.virtual_lines then
    vim.health.info('diagnostics are not shown beside the text: `vim.diagnostic.config({ virtual_text = true })` shows all, setup’s `diagnostics = { virtual_text = true }` those of Tickmark')
  end
end

local function check_server()
  vim.health.start('Server')
  local command = config.current.cmd
  local path = vim.fn.exepath(command[1])
  if path == '' then
    vim.health.error(('there is no program `%s`'):format(command[1]), {
      'build it with `cargo install --path .` in the repository of Tickmark, and have its folder on PATH',
      "or name it: require('tickmark').setup({ cmd = { '/path/to/tickmark', 'lsp' } })",
    })
    return
  end
  local version, problem = first_line({ path, '--version' })
  if version then
    vim.health.ok(('%s: %s'):format(path, version))
  else
    vim.health.error(('%s does not tell its version: %s'):format(path, problem or 'it prints nothing'), 'set `cmd` to the language server of Tickmark')
  end
end

local function check_node()
  vim.health.start('Node.js')
  local named = config.current.settings.node
  local program = type(named) == 'string' and named or 'node'
  local path = vim.fn.exepath(program)
  if path == '' then
    local advice = 'install Node.js 18 or newer, or name its binary as `node` in tickmark.json or in `settings`'
    vim.health.error(('there is no program `%s`'):format(program), advice)
    return
  end
  local version, problem = first_line({ path, '--version' })
  local major = tonumber((version or ''):match('^v(%d+)%.'))
  if not major then
    vim.health.error(('%s does not tell its version: %s'):format(path, problem or version or 'it prints nothing'), 'name another binary as `node` in tickmark.json or in `settings`')
  elseif major < OLDEST_NODE then
    vim.health.error(('%s is %s, which cannot be measured'):format(path, version), ('install Node.js %d or newer'):format(OLDEST_NODE))
  else
    vim.health.ok(('%s: %s; a project may name another one'):format(path, version))
  end
end

local function check_clients()
  vim.health.start('In this session')
  local server = require('tickmark.server')
  if server.problem then
    vim.health.error(server.problem, '`:Tickmark restart` tries again; `:Tickmark log` says more')
  end
  local clients = server.clients()
  if #clients == 0 then
    vim.health.warn('no server runs', {
      "call require('tickmark').setup()",
      'open a file of type ' .. table.concat(config.current.filetypes, ', '),
    })
    return
  end
  for _, client in ipairs(clients) do
    local buffers = vim.tbl_count(client.attached_buffers)
    local root = client.config.root_dir or '(no folder)'
    vim.health.ok(('attached to %d buffer%s of %s'):format(buffers, buffers == 1 and '' or 's', root))
    local commands = vim.tbl_get(client.server_capabilities, 'executeCommandProvider', 'commands') or {}
    if not vim.list_contains(commands, 'tickmark.explainRoute') then
      vim.health.warn('this server cannot explain', 'install a newer one')
    end
  end
  if require('tickmark.heat').unsupported then
    vim.health.warn('this server tells no heat: there are no signs', 'install a newer one')
  end
end

local function check_browser()
  vim.health.start('Browser')
  local openers = { 'open', 'xdg-open', 'wslview', 'explorer.exe', 'rundll32' }
  for _, opener in ipairs(openers) do
    local path = vim.fn.exepath(opener)
    -- On Linux `open` may be another program altogether; Neovim uses it on macOS only.
    if path ~= '' and (opener ~= 'open' or vim.fn.has('mac') == 1) then
      vim.health.ok(('flamegraphs are opened with %s'):format(path))
      return
    end
  end
  vim.health.warn('nothing here opens pages: you are told where a flamegraph is', 'install xdg-utils, or replace `vim.ui.open`')
end

function M.check()
  check_neovim()
  if vim.fn.has('nvim-0.10') == 0 then
    return
  end
  check_server()
  check_node()
  check_clients()
  check_browser()
end

return M
