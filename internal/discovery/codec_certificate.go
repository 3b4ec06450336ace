package discovery

import (
	"errors"
	"fmt"
)

// MaxCertificate is how many bytes of DER the certificate of a key may have, so
// that its record fits like every other.
const MaxCertificate = 1100

// certificateKey is the Service in the Key of a record that carries a
// certificate. It is no name, so no service has it.
const certificateKey = "#certificate"

// OfCertificate reports whether k is that of a record that carries a certificate.
func (k Key) OfCertificate() bool { return k.Service == certificateKey }

func (w *writer) certificate(der []byte) { w.put(tagCertificate, der) }

func (d *decoder) certificateField(t tag, v []byte) (known bool, err error) {
	if t != tagCertificate {
		return false, nil
	}
	d.certificate = append([]byte(nil), v...)
	return true, nil
}

func checkCertificate(der []byte) error {
	switch {
	case len(der) == 0:
		return errors.New("certificate: empty")
	case len(der) > MaxCertificate:
		return fmt.Errorf("certificate of %d bytes, at most %d", len(der), MaxCertificate)
	}
	return nil
}
