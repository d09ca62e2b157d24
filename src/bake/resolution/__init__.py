"""How questions get their answers: the choices each one offers, and those who are asked."""
