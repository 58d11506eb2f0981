-- The help file and the health report.
local spec = dofile(vim.env.SPEC)

local function health()
  vim.cmd('checkhealth tickmark')
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  vim.cmd.bwipeout({ bang = true })
  return text
end

local function has(text, ...)
  for _, wanted in ipairs({ ... }) do
    assert(text:find(wanted, 1, true), ('%q is not in:\n%s'):format(wanted, text))
  end
end

spec.run(function()
  -- Every help file of the plugin together: a tag that is there twice is an error.
  local docs = vim.api.nvim_get_runtime_file('doc/tickmark.txt', true)
  spec.equal(#docs, 1, 'help files')
  vim.cmd.helptags(vim.fn.fnameescape(vim.fs.dirname(docs[1])))
  local tags = {}
  for _, line in ipairs(vim.fn.readfile(vim.fs.dirname(docs[1]) .. '/tags')) do
    tags[line:match('^[^\t]+')] = true
  end
  -- Every word of the command has its tag, and every link leads somewhere.
  for _, word in ipairs(vim.fn.getcompletion('Tickmark ', 'cmdline')) do
    assert(tags[':Tickmark-' .. word], 'no help for :Tickmark ' .. word)
  end
  local text = table.concat(vim.fn.readfile(docs[1]), '\n')
  for link in text:gmatch('|([%w:._()-]+)|') do
    local found = pcall(vim.cmd.help, link)
    assert(found, 'the help links to ' .. link .. ', which is not there')
    vim.cmd.helpclose()
  end
  vim.cmd.help('tickmark-settings')
  assert(vim.api.nvim_get_current_line():find('*tickmark-settings*', 1, true))
  vim.cmd.helpclose()
  -- Every setting is described with its default.
  for name in pairs(require('tickmark.config').defaults) do
    assert(text:find('\n      ' .. name .. ' = ', 1, true), 'the help does not describe ' .. name)
  end
  for name in pairs(require('tickmark.config').defaults.signs) do
    assert(text:find('\n        ' .. name .. ' = ', 1, true), 'the help does not describe signs.' .. name)
  end

  spec.notifications()
  has(health(), 'WARNING no server runs', "require('tickmark').setup()")
  require('tickmark').setup({ cmd = { 'no-such-program' }, settings = { node = 'no-such-node' } })
  has(
    health(),
    'ERROR there is no program `no-such-program`',
    'cargo install --path .',
    'ERROR there is no program `no-such-node`',
    ':Tickmark restart'
  )
  local old = vim.env.HOME .. '-old-node'
  vim.fn.writefile({ '#!/bin/sh', 'echo v16.20.2' }, old)
  vim.uv.fs_chmod(old, 493)
  require('tickmark').setup({ cmd = { 'false' }, settings = { node = old }, autostart = false })
  has(health(), 'does not tell its version', 'is v16.20.2, which cannot be measured')

  require('tickmark').setup({})
  local client = spec.client()
  local good = health()
  has(good, 'OK Neovim ', ': tickmark ', 'OK ' .. vim.fn.exepath('node') .. ': v', 'attached to 1 buffer of ' .. client.config.root_dir)
  assert(not good:find('ERROR', 1, true) and not good:find('heat', 1, true), good)
end)
