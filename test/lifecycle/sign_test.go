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
func enforced(t *testing.T, kernel, object string, flags ...string) (string, error) {
	t.Helper()
	run := append([]string{"run", "-for", "10ms"}, flags...)
	script := `echo Y >/sys/module/module/parameters/sig_enforce && exec "$0" "$@"`
	rex := testutil.Rex(t)
	args := append([]string{"vm", "-kernel", kernel, "--", "sh", "-c", script, rex}, append(run, object)...)
	out, err := exec.Command(rex, args...).CombinedOutput()
	return string(out), err
}

// TestSignatures: a kernel that enforces signatures is recognised, a signature
// that it does not trust is told from none, and one that it trusts is taken,
// where there is a kernel whose key is known: the sanitizer kernel.
func TestSignatures(t *testing.T) {
	testutil.RequireBoot(t)
	dir := t.TempDir()
	object := filepath.Join(dir, "stay.rexo")
	if out, err := exec.Command(testutil.Rex(t), "build", "-o", object, "./testdata/stay").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	key := strange(t, dir)
	out, err := enforced(t, "stock", object)
	if err == nil || !strings.Contains(out, "the kernel loads only signed kernel modules") {
		t.Errorf("without a signature: %v\n%s", err, out)
	}
	out, err = enforced(t, "stock", object, "-sign-key", key)
	if err == nil || !strings.Contains(out, "signature not trusted") {
		t.Errorf("with a strange signature: %v\n%s", err, out)
	}

	t.Run("trusted", func(t *testing.T) {
		k, err := vm.CachedKernel(vm.Sanitizer)
		if err != nil {
			t.Skip(testutil.ErrNoSanitizer)
		}
		certs := filepath.Join(k.Headers, "certs")
		out, err := enforced(t, vm.Sanitizer, object, "-sign-key", filepath.Join(certs, "signing_key.pem"), "-sign-cert", filepath.Join(certs, "signing_key.x509"))
		if err != nil || !strings.Contains(out, "unloaded stay") {
			t.Errorf("with a signature that the kernel trusts: %v\n%s", err, out)
		}
	})
}
