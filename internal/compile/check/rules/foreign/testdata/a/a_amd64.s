TEXT ·add(SB), 4, $0-24
	RET
