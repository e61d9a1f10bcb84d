// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/internal/vm"
)

// strange makes a key that no kernel trusts, and its certificate, in one file.
func strange(t *testing.T, dir string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})...)
	file := filepath.Join(dir, "strange.pem")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// enforced runs rex run in a VM whose kernel takes signed kernel modules only,
// from after rex.ko on.
func enforced(t *testing.T, object string, flags ...string) (string, error) {
	t.Helper()
	run := append([]string{"run", "-for", "10ms"}, flags...)
	script := `echo Y >/sys/module/module/parameters/sig_enforce && exec "$0" "$@"`
	rex := testutil.Rex(t)
	args := append([]string{"vm", "--", "sh", "-c", script, rex}, append(run, object)...)
	out, err := exec.Command(rex, args...).CombinedOutput()
	return string(out), err
}

// TestSignatures: a kernel that enforces signatures is recognised, and a
// signature that it does not trust is told from none.
func TestSignatures(t *testing.T) {
	testutil.RequireBoot(t)
	dir := t.TempDir()
	object := filepath.Join(dir, "stay.rexo")
	if out, err := exec.Command(testutil.Rex(t), "build", "-o", object, "./testdata/stay").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	key := strange(t, dir)
	out, err := enforced(t, object)
	if err == nil || !strings.Contains(out, "the kernel loads only signed kernel modules") {
		t.Errorf("without a signature: %v\n%s", err, out)
	}
	out, err = enforced(t, object, "-sign-key", key)
	if err == nil || !strings.Contains(out, "signature not trusted") {
		t.Errorf("with a strange signature: %v\n%s", err, out)
	}
}

// TestTrustedSignatures: where signatures have been enforced since the start of
// the kernel, rex.ko and extensions load when a key that it trusts has signed
// them, and only then. The sanitizer kernel's key is known: it is made when that
// is built.
func TestTrustedSignatures(t *testing.T) {
	testutil.RequireBoot(t)
	k, err := vm.CachedKernel(vm.Sanitizer)
	if err != nil {
		t.Skip(testutil.ErrNoSanitizer)
	}
	rex, dir := testutil.Rex(t), t.TempDir()
	certs := filepath.Join(k.Headers, "certs")
	sign := []string{"-sign-key", filepath.Join(certs, "signing_key.pem"), "-sign-cert", filepath.Join(certs, "signing_key.x509")}
	object, unsigned, signed := filepath.Join(dir, "stay.rexo"), filepath.Join(dir, "unsigned.ko"), filepath.Join(dir, "signed.ko")
	for _, args := range [][]string{
		{"build", "-o", object, "./testdata/stay"},
		{"module", "build", "-kernel", vm.Sanitizer, "-o", unsigned},
		append([]string{"module", "build", "-kernel", vm.Sanitizer, "-o", signed}, sign...),
	} {
		if out, err := exec.Command(rex, args...).CombinedOutput(); err != nil {
			t.Fatalf("rex %v: %v\n%s", args, err, out)
		}
	}
	const script = `
		rex=$1 unsigned=$2 signed=$3 object=$4; shift 4
		echo "unsigned rex.ko:"; insmod $unsigned && exit 1
		echo "signed rex.ko:"; insmod $signed || exit 1
		export REX_KO=$signed
		echo "unsigned extension:"; $rex run -for 10ms $object && exit 1
		echo "signed extension:"; exec $rex run -for 10ms "$@" $object`
	args := []string{"vm", "-kernel", vm.Sanitizer, "-mem", "4096", "-no-module", "-append", "module.sig_enforce=1", "--",
		"sh", "-c", script, "sh", rex, unsigned, signed, object}
	raw, err := exec.Command(rex, append(args, sign...)...).CombinedOutput()
	out := string(raw)
	if err != nil {
		t.Errorf("%v", err)
	}
	rest := out
	for _, want := range []string{
		"unsigned rex.ko:", "Key was rejected by service", "signed rex.ko:",
		"unsigned extension:", "the kernel loads only signed kernel modules", "signed extension:", "unloaded stay",
	} {
		_, after, ok := strings.Cut(rest, want)
		if !ok {
			t.Errorf("%q is not there, or not there in this order", want)
		}
		rest = after
	}
	t.Logf("%s", out)
}
