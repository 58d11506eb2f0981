--- The server: started for the right buffers, restarted when asked, and what is done with it in a buffer.
local config = require('tickmark.config')
local heat = require('tickmark.heat')
local progress = require('tickmark.progress')

local M = {}

--- The name of the client. Whoever starts a server under this name gets the plugin's features, too.
M.NAME = 'tickmark'

local group = vim.api.nvim_create_augroup('tickmark', { clear = true })

--- Why no server is started: it ended by itself, or there is none. Until `:Tickmark restart` or another setup.
---@type string?
M.problem = nil

--- Clients that we have asked to end.
local stopping = {}

local function notify(message, level)
  vim.notify('Tickmark: ' .. message, level or vim.log.levels.INFO)
end

--- The servers that run.
---@param buffer? integer
---@return vim.lsp.Client[]
function M.clients(buffer)
  return vim.lsp.get_clients({ name = M.NAME, bufnr = buffer })
end

--- Sends a request. Methods of a client are called in another way since Neovim 0.11.
---@param client vim.lsp.Client
---@param method string
---@param params table?
---@param buffer? integer
---@param done fun(err: lsp.ResponseError?, result: any)
function M.request(client, method, params, buffer, done)
  local handler = function(err, result)
    done(err, result)
  end
  local sent
  if vim.fn.has('nvim-0.11') == 1 then
    sent = client:request(method, params, handler, buffer or 0)
  else
    sent = client.request(method, params, handler, buffer or 0)
  end
  if not sent then
    done({ code = -32097, message = 'the server has ended; `:Tickmark restart` starts it again' }, nil)
  end
end

--- Asks for a value of each parameter of a route; nothing is done when the user gives up.
---@param missing { route: string, names: string[] }
---@param done fun(params: table<string, string>)
local function ask_for_parameters(missing, done)
  local params = {}
  local function ask(at)
    local name = missing.names[at]
    if not name then
      done(params)
      return
    end
    vim.ui.input({ prompt = ('Value of :%s for %s: '):format(name, missing.route), default = '1' }, function(value)
      if value and vim.trim(value) ~= '' then
        params[name] = vim.trim(value)
        ask(at + 1)
      end
    end)
  end
  ask(1)
end

--- Has the server do a command; a refusal is told. Values that a route's parameters want are asked for, and kept by the server in
--- the project's settings.
---@param client vim.lsp.Client
---@param command { command: string, arguments?: any[] }
---@param done? fun(result: any)
function M.execute(client, command, done)
  local params = { command = command.command, arguments = command.arguments }
  M.request(client, 'workspace/executeCommand', params, nil, function(err, result)
    local data = err and type(err.data) == 'table' and err.data or {}
    if data.kind == 'routeParameters' then
      ask_for_parameters(data, function(values)
        local argument = vim.tbl_extend('force', (command.arguments or {})[1] or {}, { params = values })
        M.execute(client, { command = command.command, arguments = { argument } }, done)
      end)
    elseif err then
      notify(err.message, vim.log.levels.ERROR)
    elseif done then
      done(result)
    end
  end)
end

--- The folder that a file is part of. Files of a package in `node_modules` belong to the project that uses it.
---@param file string
---@return string
function M.root(file)
  local outer = file:match('^(.-)/node_modules/')
  local from = outer and outer ~= '' and outer .. '/x' or file
  return vim.fs.root(from, config.current.root_markers) or vim.fs.dirname(from)
end

--- Shows code lenses. Up to Neovim 0.11 the server cannot ask for that.
---@param buffer integer
local function refresh_lenses(buffer)
  if not config.current.codelens or not vim.api.nvim_buf_is_loaded(buffer) then
    return
  end
  if not vim.lsp.codelens.enable then
    vim.lsp.codelens.refresh({ bufnr = buffer })
  end
end

--- Shows what a server knows now, in all its buffers.
---@param client vim.lsp.Client
function M.refresh(client)
  for buffer in pairs(client.attached_buffers) do
    heat.refresh(client, buffer)
    refresh_lenses(buffer)
  end
end

--- Opens a page outside of the editor, without an end to the time that its program takes.
---@param uri string
---@return boolean success
local function open_outside(uri)
  local started, process = pcall(vim.ui.open, uri)
  if not started or not process then
    return false
  end
  if type(process) ~= 'table' or not process.is_closing then
    -- Somebody else's `vim.ui.open`, who answered something.
    return true
  end
  local function failed()
    local ended = process:wait(1000)
    return ended.code ~= 0
  end
  -- Most that cannot open anything say so at once.
  if vim.wait(300, function() return process:is_closing() end, 10) then
    return not failed()
  end
  local timer = assert(vim.uv.new_timer())
  local looks = 0
  timer:start(250, 250, vim.schedule_wrap(function()
    looks = looks + 1
    local ended = process:is_closing()
    if (ended or looks > 40) and not timer:is_closing() then
      timer:close()
      if ended and failed() then
        notify('nothing on this machine opens ' .. uri .. ': open it by hand', vim.log.levels.WARN)
      end
    end
  end))
  return true
end

--- Levels of `window/showMessage`.
local LEVELS = { vim.log.levels.ERROR, vim.log.levels.WARN, vim.log.levels.INFO, vim.log.levels.DEBUG }

--- Handlers of this client alone.
---@param client vim.lsp.Client
local function add_handlers(client)
  local handlers = client.handlers
  if handlers['tickmark/runChanged'] then
    return
  end
  handlers['tickmark/runChanged'] = function(_, _, context)
    local sender = vim.lsp.get_client_by_id(context.client_id)
    if sender then
      M.refresh(sender)
    end
  end
  handlers['workspace/inlayHint/refresh'] = function(_, _, context)
    local sender = vim.lsp.get_client_by_id(context.client_id)
    if not sender then
      return vim.NIL
    end
    M.refresh(sender)
    -- Neovim draws the hints of a line anew only when the text has changed (0.10, 0.11), or when nothing is drawn before the
    -- answer is there (0.12). Enabled anew, it draws them all.
    for buffer in pairs(sender.attached_buffers) do
      if vim.lsp.inlay_hint.is_enabled({ bufnr = buffer }) then
        vim.lsp.inlay_hint.enable(true, { bufnr = buffer })
      end
    end
    return vim.NIL
  end
  local show_document = vim.lsp.handlers['window/showDocument']
  handlers['window/showDocument'] = function(err, result, context, ...)
    if result.external then
      return { success = open_outside(result.uri) }
    end
    return show_document(err, result, context, ...)
  end
  -- The way that can be replaced, and needs no key press for two lines.
  handlers['window/showMessage'] = function(_, result)
    notify(result.message, LEVELS[result.type] or vim.log.levels.INFO)
    return vim.NIL
  end
end

--- Shows diagnostics of the client as the settings want it, pushed or pulled.
---@param client vim.lsp.Client
local function configure_diagnostics(client)
  local options = config.current.diagnostics
  vim.diagnostic.config(options, vim.lsp.diagnostic.get_namespace(client.id, false))
  local provider = client.server_capabilities.diagnosticProvider
  if provider then
    -- Since Neovim 0.12 by the provider's name, before without.
    vim.diagnostic.config(options, vim.lsp.diagnostic.get_namespace(client.id, true, provider.identifier))
  end
end

---@param client vim.lsp.Client
---@param buffer integer
local function on_attach(client, buffer)
  add_handlers(client)
  configure_diagnostics(client)
  if config.current.inlay_hints then
    vim.lsp.inlay_hint.enable(true, { bufnr = buffer })
  end
  if config.current.codelens and vim.lsp.codelens.enable then
    vim.lsp.codelens.enable(true, { bufnr = buffer })
  end
  refresh_lenses(buffer)
  heat.refresh(client, buffer)
end

--- Called when a server has ended.
local function on_exit(code, signal, client_id)
  vim.schedule(function()
    progress.forget(client_id)
    -- The plugin's own server is the last that knows these buffers.
    for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
      if #M.clients(buffer) == 0 then
        heat.clear(buffer)
      end
    end
    local asked = stopping[client_id] or (code == 0 and signal == 0) or vim.v.exiting ~= vim.NIL
    stopping[client_id] = nil
    if not asked and not M.problem then
      local how = signal ~= 0 and ('by signal %d'):format(signal) or ('with exit code %d'):format(code)
      M.problem = ('the server ended %s'):format(how)
      notify(M.problem .. '; `:Tickmark restart` starts it again, `:Tickmark log` says more', vim.log.levels.ERROR)
    end
  end)
end

--- The settings as the server asks for them.
local function server_settings()
  local settings = config.current.settings
  return { tickmark = vim.tbl_isempty(settings) and vim.empty_dict() or settings }
end

--- Tells a running server of other settings.
local function change_settings(client)
  local settings = server_settings()
  if not vim.deep_equal(client.settings, settings) then
    client.settings = settings
    local params = { settings = settings }
    if vim.fn.has('nvim-0.11') == 1 then
      client:notify('workspace/didChangeConfiguration', params)
    else
      client.notify('workspace/didChangeConfiguration', params)
    end
  end
end

--- Starts the server for a buffer, or has a running one take it.
---@param buffer integer
local function start(buffer)
  if M.problem or not vim.api.nvim_buf_is_loaded(buffer) then
    return
  end
  local file = vim.api.nvim_buf_get_name(buffer)
  if vim.bo[buffer].buftype ~= '' or file == '' or file:find('^%a[%w+.-]+://') then
    return
  end
  local settings = config.current
  if vim.fn.executable(settings.cmd[1]) == 0 then
    M.problem = ('there is no program `%s`'):format(settings.cmd[1])
    notify(M.problem .. '; put it on PATH or set `cmd`, then `:Tickmark restart` (:checkhealth tickmark)', vim.log.levels.ERROR)
    return
  end
  vim.lsp.start({
    name = M.NAME,
    cmd = settings.cmd,
    root_dir = M.root(vim.fs.normalize(file)),
    settings = server_settings(),
    on_exit = on_exit,
  }, { bufnr = buffer })
end

--- Starts the server for every buffer that it is for.
local function start_everywhere()
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) and vim.list_contains(config.current.filetypes, vim.bo[buffer].filetype) then
      start(buffer)
    end
  end
end

--- Ends all servers and starts them again.
function M.restart()
  M.problem = nil
  local clients = M.clients()
  for _, client in ipairs(clients) do
    stopping[client.id] = true
  end
  vim.lsp.stop_client(clients)
  -- A server that is ending would be taken for the running one.
  local tries = 0
  local timer = assert(vim.uv.new_timer())
  timer:start(0, 20, vim.schedule_wrap(function()
    if timer:is_closing() then
      return
    end
    tries = tries + 1
    local left = #M.clients() > 0
    if left and tries == 100 then
      vim.lsp.stop_client(M.clients(), true)
    end
    if not left or tries > 200 then
      timer:close()
      start_everywhere()
    end
  end))
end

--- Watches buffers as the settings say. Servers that run keep running.
function M.setup()
  M.problem = nil
  vim.api.nvim_clear_autocmds({ group = group })
  heat.link_groups()
  vim.api.nvim_create_autocmd('ColorScheme', { group = group, callback = heat.link_groups })
  vim.api.nvim_create_autocmd('LspAttach', {
    group = group,
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if client and client.name == M.NAME then
        on_attach(client, event.buf)
      end
    end,
  })
  vim.api.nvim_create_autocmd('LspDetach', {
    group = group,
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if client and client.name == M.NAME then
        heat.clear(event.buf)
      end
    end,
  })
  vim.api.nvim_create_autocmd('LspNotify', {
    group = group,
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if not client or client.name ~= M.NAME or event.data.method ~= 'textDocument/didChange' then
        return
      end
      local buffer = vim.uri_to_bufnr(event.data.params.textDocument.uri)
      heat.refresh_soon(client, buffer, refresh_lenses)
    end,
  })
  vim.api.nvim_create_autocmd('LspProgress', {
    group = group,
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if client and client.name == M.NAME then
        progress.update(client.id, event.data.params)
      end
    end,
  })
  if config.current.autostart then
    vim.api.nvim_create_autocmd('FileType', {
      group = group,
      pattern = config.current.filetypes,
      callback = function(event)
        start(event.buf)
      end,
    })
    start_everywhere()
  end
  for _, client in ipairs(M.clients()) do
    change_settings(client)
    for buffer in pairs(client.attached_buffers) do
      on_attach(client, buffer)
    end
  end
end

return M
