-- `:Tickmark profile` on a route: status, signs, lenses, hotspots; and stopping.
local spec = dofile(vim.env.SPEC)

spec.run(function()
  local said = spec.notifications()
  local opened = spec.opened()
  require('tickmark').setup({})
  local status = require('tickmark').status
  spec.equal(status(), '')
  local client = spec.client()
  spec.equal(client.config.root_dir, vim.fn.getcwd())
  spec.lens('^▶ Profile GET /hello')

  -- Completion knows the file's routes.
  local completed = vim.fn.getcompletion('Tickmark profile GET', 'cmdline')
  spec.equal(completed, { 'GET /hello', 'GET /fast', 'GET /users/*' })
  completed = vim.fn.getcompletion('Tickmark profile GET /h', 'cmdline')
  spec.equal(completed, { '/hello' })

  -- The route at the cursor is measured, without a question; then it is stopped.
  spec.go_to("'/fast'")
  vim.cmd('Tickmark profile')
  spec.must('a status', function() return status():find('^Profiling GET /fast %d+%%') end)
  vim.cmd('Tickmark profile POST /echo')
  said.with('is being measured')
  vim.cmd('Tickmark stop')
  said.with('stopped')
  spec.must('no status', function() return status() == '' end)

  -- In a line of no route there is a choice.
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  local choice = spec.choosing('GET /hello')
  spec.must('the server to be free', function()
    vim.cmd('Tickmark profile')
    return vim.wait(500, function() return status():find('^Profiling GET /hello') end)
  end)
  assert(#choice.texts >= 4, vim.inspect(choice))
  spec.must('the end', function() return status() == '' end)
  spec.lens('Profile GET /hello · .* req/s')
  spec.go_to("'/hello'")
  spec.see('▶ Profile GET /hello · ', 'req/s')

  choice = spec.choosing('escapeHtml')
  vim.cmd('Tickmark hotspots')
  spec.must('a jump', function() return vim.fn.expand('%:t') == 'template.js' end)
  spec.equal(vim.api.nvim_win_get_cursor(0)[1], vim.fn.search('function escapeHtml', 'cwn'))
  assert(choice.texts[1]:find('%% self'), vim.inspect(choice.texts))
  spec.client()
  local hottest = vim.fn.search('=== ENTITIES', 'cnw') - 1
  spec.must('a sign on the hottest line', function()
    local marks = vim.api.nvim_buf_get_extmarks(0, vim.api.nvim_get_namespaces().tickmark, { hottest, 0 }, { hottest, -1 }, { details = true })
    return marks[1] and vim.list_contains({ 'TickmarkHeat3', 'TickmarkHeat4' }, marks[1][4].sign_hl_group)
  end)
  vim.cmd('normal! ' .. vim.keycode('<C-o>'))
  spec.equal(vim.fn.expand('%:t'), 'server.js')

  spec.choosing('GET /hello')
  vim.cmd('Tickmark runs')
  spec.must('the report', function() return opened[1] end)
  assert(opened[1]:find('^file://.*/report%.html$'), opened[1])
  for _, one in ipairs(said) do
    assert(one.level ~= vim.log.levels.ERROR or one.message:find('is being measured'), vim.inspect(said))
  end
end)
