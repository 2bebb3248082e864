# Completion of sotto for fish: put it into ~/.config/fish/completions.
complete -c sotto -f
complete -c sotto -n __fish_use_subcommand -a demo -d 'a server inside the program: no account, no network'
complete -c sotto -n __fish_use_subcommand -a xmpp: -d 'show what a link asks for, filled in'
complete -c sotto -s a -x -d 'act for this account first'
complete -c sotto -l config -r -F -d 'configuration file'
complete -c sotto -l data -x -a '(__fish_complete_directories)' -d 'folder of history, lock and logs'
complete -c sotto -l plain -d 'work in lines'
complete -c sotto -l version -d 'print the version'
