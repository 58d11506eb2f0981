-- `:Tickmark benchmark`, `baseline` and `verify`.
local spec = dofile(vim.env.SPEC)

spec.run(function()
  local said = spec.notifications()
  require('tickmark').setup({})
  local status = require('tickmark').status
  spec.lens('^Benchmark GET /hello')
  spec.equal(vim.fn.getcompletion('Tickmark benchmark GET /h', 'cmdline'), { '/hello' })
  spec.equal(vim.fn.getcompletion('Tickmark benchmark e', 'cmdline'), {})

  -- What there is no benchmark for is told.
  vim.cmd('Tickmark verify')
  said.with('there is no baseline to verify against')
  vim.cmd('Tickmark baseline')
  said.with('there is no benchmark to be a baseline')

  -- The route at the cursor is benchmarked, without a question.
  spec.go_to("'/hello'")
  vim.cmd('Tickmark benchmark')
  spec.must('a status', function() return status():find('^Benchmarking GET /hello %d+%%') end)
  spec.must('the end', function() return status() == '' end)
  spec.lens('^Benchmark GET /hello · .* req/s · p50 ')
  vim.cmd('Tickmark baseline')
  spec.lens('^Benchmark GET /hello · .* · baseline ✓')

  -- The list tells benchmarks from profiles.
  local choice = spec.choosing('none of these')
  vim.cmd('Tickmark runs')
  spec.must('the list of runs', function() return choice.texts and choice.texts[1] and choice.texts[1]:find('GET /hello  benchmark: %d+ req/s') end)
end)
