"""The mixed form of fourth-order energies."""
