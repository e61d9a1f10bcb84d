package a

func try() (err any) {
	defer func() {
		err = recover() // want REX0104 `recover is not available`
	}()
	defer recover() // want REX0104 `recover`
	panic("x")
}

type patient struct{}

func (patient) recover() {}

func fine(p patient) {
	p.recover()
	recover := func() {}
	recover()
}
