# Completion of sotto for bash: source it, or put it into bash-completion's folder.
_sotto() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
	case $before in
	--config|-config) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
	--data|-data) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
	-a) return ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "demo xmpp: -a --config --data --plain --version --help" -- "$word")
}
complete -F _sotto sotto
