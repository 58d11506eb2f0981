-- The command and the highlight groups. Nothing is started before `require('tickmark').setup()`.
if vim.g.loaded_tickmark then
  return
end
vim.g.loaded_tickmark = true

if vim.fn.has('nvim-0.10') == 0 then
  vim.api.nvim_create_user_command('Tickmark', function()
    vim.notify('Tickmark needs Neovim 0.10 or newer', vim.log.levels.ERROR)
  end, { nargs = '*' })
  return
end

vim.api.nvim_create_user_command('Tickmark', function(invocation)
  require('tickmark.commands').run(invocation.fargs)
end, {
  nargs = '*',
  desc = 'Profile and explain the Node.js project',
  complete = function(lead, line)
    return require('tickmark.commands').complete(lead, line)
  end,
})
