-- No server, a server that dies, wrong words and wrong settings: told once, and repaired by `:Tickmark restart`.
local spec = dofile(vim.env.SPEC)

local function count(said, text)
  local found = 0
  for _, one in ipairs(said) do
    found = found + (one.message:find(text, 1, true) and 1 or 0)
  end
  return found
end

spec.run(function()
  local said = spec.notifications()
  vim.cmd('Tickmark profile')
  said.with('no server runs')

  require('tickmark').setup({ cmd = 'tickmark', sings = {}, signs = { by = 'heat', text = { 'x' } } })
  for _, problem in ipairs({
    'there is no setting `sings`',
    '`cmd` has to be a list of strings',
    "`signs.by` has to be 'self' or 'total'",
    '`signs.text` has to be four strings',
  }) do
    said.with(problem)
  end
  -- What is wrong is left at its default: the server runs.
  local client = spec.client()
  vim.cmd('Tickmark')
  said.with('wants a word')
  vim.cmd('Tickmark prophile')
  said.with('there is no `:Tickmark prophile`; there are: baseline, benchmark, clear, explain, facts, flamegraph, hotspots, log, profile, restart, runs, stop, verify, why')
  vim.cmd('Tickmark profile GET /nowhere')
  said.with('that is GET /nowhere')
  vim.cmd('Tickmark stop')
  said.with('nothing is being measured')
  vim.lsp.stop_client(client.id)
  spec.must('its end', function() return #vim.lsp.get_clients({ name = 'tickmark' }) == 0 end)
  spec.equal(count(said, 'the server ended'), 0, 'an end that was asked for is none to tell')

  -- There is no program: told once, not for every buffer.
  require('tickmark').setup({ cmd = { 'no-such-program', 'lsp' } })
  said.with('there is no program `no-such-program`')
  vim.cmd.edit('other.js')
  vim.bo.filetype = 'javascript'
  vim.cmd.edit('server.js')
  spec.equal(count(said, 'there is no program'), 1, vim.inspect(said))

  -- One that is killed: told once, signs taken off, started again when asked.
  local pid_file = vim.env.HOME .. '-pid'
  require('tickmark').setup({ cmd = { 'sh', '-c', 'echo $$ > ' .. pid_file .. '; exec tickmark lsp' } })
  local before = spec.client()
  local namespace = vim.api.nvim_get_namespaces().tickmark
  local function signs()
    return #vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, {})
  end
  spec.must('signs', function() return signs() == 3 end)
  vim.uv.kill(tonumber(vim.fn.readfile(pid_file)[1]), 'sigkill')
  said.with('the server ended by signal 9; `:Tickmark restart` starts it again')
  spec.must('no signs', function() return signs() == 0 end)
  vim.cmd.edit('third.js')
  vim.bo.filetype = 'javascript'
  vim.cmd.edit('server.js')
  vim.cmd('Tickmark flamegraph')
  spec.equal(count(said, 'the server ended by signal 9; `:'), 1, 'told once: ' .. vim.inspect(said))
  spec.equal(#vim.lsp.get_clients({ name = 'tickmark' }), 0, 'it is not started again by itself')
  vim.cmd('Tickmark restart')
  local after = spec.client()
  assert(after.id ~= before.id)
  spec.must('signs again', function() return signs() == 3 end)

  -- Nothing is left in the namespace of others, and nothing global.
  spec.equal(_G.tickmark, nil)
  vim.cmd('Tickmark log')
  assert(vim.api.nvim_buf_get_name(0):find('lsp%.log$'), vim.api.nvim_buf_get_name(0))
end)
