"""Large agencies since 1975: the FBI's figures as The Marshall Project compiled them."""
