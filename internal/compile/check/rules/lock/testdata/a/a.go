package a

import (
	"slices"

	"github.com/rex-go/rex"
)

type Account struct {
	Lock    rex.SpinLock
	Balance uint64
}

type pair struct{ accounts [2]Account }

var (
	accounts = rex.NewHash[uint32, Account](16)
	global   rex.SpinLock
)

func good(p *Account, k uint32) uint64 {
	p.Lock.Lock()
	p.Balance++
	p.Lock.Unlock()
	rex.Locked(&global, func() { p.Balance++ })
	a := Account{Balance: 1}
	b := &pair{accounts: [2]Account{{Balance: 2}, {}}}
	for i := range b.accounts {
		b.accounts[i].Balance = uint64(i)
	}
	var zero Account
	_ = zero.Balance
	if accounts.Update(k, Account{Balance: 5}) != nil {
		return 0
	}
	if q, _, err := accounts.LoadOrStore(k, Account{}); err == nil {
		q.Balance = a.Balance
	}
	for _, q := range accounts.All() {
		q.Balance = 0
	}
	return uint64(len(b.accounts))
}

func (a Account) value() uint64 { return a.Balance } // want REX0309 `Account, which holds a lock, is passed by value`

func param(l rex.SpinLock)        {}         // want REX0309 `rex.SpinLock is passed by value`
func result() (a Account)         { return } // want REX0309 `passed by value`
func pointer(p *Account) *Account { return p }
func literal()                    { func(a [2]Account) {}([2]Account{}) } // want REX0309 `passed by value`

func bad(p, q *Account, all []Account, k uint32) {
	*p = *q                   // want REX0309 `is copied` REX0309 `is overwritten`
	*p = Account{}            // want REX0309 `is overwritten`
	p.Lock = rex.SpinLock{}   // want REX0309 `a variable of type rex.SpinLock is overwritten`
	a := *p                   // want REX0309 `is copied`
	var b = pair{}.accounts   // want REX0309 `is copied`
	c := pair{[2]Account{*p}} // want REX0309 `is copied`
	var i any = *p            // want REX0309 `is copied`
	accounts.Update(k, *p)    // want REX0309 `is copied`
	copy(all, all[1:])        // want REX0309 `are copied or overwritten`
	clear(all)                // want REX0309 `are copied or overwritten`
	_ = append(all, a)        // want REX0309 `are copied or overwritten`
	for _, x := range all {   // want REX0309 `is copied`
		_ = x.Balance
	}
	set(p, Account{})   // want REX0309 `type argument Account, which holds a lock`
	slices.Reverse(all) // want REX0309 `type argument Account, which holds a lock`
	_, _ = len(b), len(c.accounts)
	_ = i

}

func set[T any](p *T, v T) { *p = v }
