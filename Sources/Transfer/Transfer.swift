/// Files from the network: over HTTPS into a file, resumed where they broke off, checked by digest. It
/// knows nothing of models.
